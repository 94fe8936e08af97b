"""Write the dashboards: `python -m bench.dashboards`."""

from pathlib import Path

from bench.dashboards.build import to_json
from bench.dashboards.crisis import CRISIS
from bench.dashboards.service import SERVICE

FOLDER = Path(__file__).parents[2] / "config/grafana/dashboards"

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for board in (CRISIS, SERVICE):
        path = FOLDER / f"{board.uid}.json"
        path.write_text(to_json(board))
        print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
