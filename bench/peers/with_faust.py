"""The job with plain Faust, as its guide shows it: a Record, an agent, a windowed table with a changelog.

Settings: uvloop and orjson, which its installation guide names for speed; tables in memory, its quickest
store. The window hops by its own length, so that a post
is in one window and not in several.
"""

import os
from datetime import timedelta

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.peers.job import LIMIT, MINUTE_S, NEGATIVE, Meter, orders


def main() -> None:
    import uvloop

    uvloop.install()
    import faust

    told = orders()
    meter, score = Meter(told.count), SentimentIntensityAnalyzer().polarity_scores

    class Post(faust.Record, serializer="json"):
        platform: str
        id: str
        created_at: int
        text: str
        author: dict

    app = faust.App(
        told.alarms,
        broker=f"kafka://{told.broker}",
        store="memory://",
        datadir=told.folder,
        topic_partitions=4,
        consumer_auto_offset_reset="earliest",
        web_enabled=False,
    )
    posts = app.topic(told.posts, key_type=str, value_type=Post)
    alarms = app.topic(told.alarms, key_type=str, value_serializer="json")
    table = app.Table("negatives", default=int)
    negatives = table.hopping(MINUTE_S, MINUTE_S, expires=timedelta(hours=1))

    @app.agent(posts)
    async def count(stream):
        async for event in stream.events():
            brand, post = event.key, event.value
            if score(post.text)["compound"] <= NEGATIVE:
                negatives[brand] += 1
                found = negatives[brand].current()
                if found == LIMIT:
                    minute = int(event.message.timestamp) // 60
                    await alarms.send(key=brand, value={"brand": brand, "minute": minute, "negatives": found})
            if meter.is_last():
                await app.producer.flush()
                meter.end()
                os._exit(0)

    faust.Worker(app, loglevel="warning", redirect_stdouts=False, quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main()
