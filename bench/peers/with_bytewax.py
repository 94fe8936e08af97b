"""The job with bytewax: a dataflow with an event-time window, in one worker and without recovery.

Settings: batches of 1,000 messages, what its KafkaSource names as a start for higher throughput. Without
recovery it keeps nothing through a crash; that is its default.
"""

from datetime import UTC, datetime, timedelta

import orjson
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.peers.job import LATENESS_S, LIMIT, MINUTE_S, NEGATIVE, Meter, orders

_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


def main() -> None:
    import bytewax.operators as op
    from bytewax.connectors.kafka import KafkaSinkMessage
    from bytewax.connectors.kafka import operators as kop
    from bytewax.dataflow import Dataflow
    from bytewax.operators.windowing import EventClock, TumblingWindower, count_window
    from bytewax.run import cli_main

    told = orders()
    meter, score = Meter(told.count), SentimentIntensityAnalyzer().polarity_scores

    def negative(message):
        """Return brand and time of a negative post, else None."""
        meter.is_last()
        post = orjson.loads(message.value)
        if score(post["text"])["compound"] > NEGATIVE:
            return None
        return message.key.decode(), datetime.fromtimestamp(post["created_at"] / 1_000, UTC)

    def alarm(item):
        brand, (window, negatives) = item
        if negatives < LIMIT:
            return None
        minute = int((_BEGIN + window * windower.length).timestamp()) // 60
        value = {"brand": brand, "minute": minute, "negatives": negatives}
        return KafkaSinkMessage(brand.encode(), orjson.dumps(value))

    clock = EventClock(lambda item: item[1], wait_for_system_duration=timedelta(seconds=LATENESS_S))
    windower = TumblingWindower(align_to=_BEGIN, length=timedelta(seconds=MINUTE_S))
    flow = Dataflow("negatives")
    posts = kop.input("posts", flow, brokers=[told.broker], topics=[told.posts], tail=False, batch_size=1_000)
    negatives = op.filter_map("score", posts.oks, negative)
    counts = count_window("count", negatives, clock, windower, key=lambda item: item[0])
    alarms = op.filter_map("alarm", counts.down, alarm)
    kop.output("alarms", alarms, brokers=[told.broker], topic=told.alarms)
    cli_main(flow)
    meter.end()


if __name__ == "__main__":
    main()
