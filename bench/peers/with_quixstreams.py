"""The job with quixstreams: one streaming data frame, a tumbling window, RocksDB and a changelog topic.

Settings are its defaults, which its documentation keeps for production: messages are committed every five
seconds, JSON by orjson. State is by the key of the message, so there is no group_by and no second topic.
"""

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.peers.job import LATENESS_S, LIMIT, MINUTE_S, NEGATIVE, Meter, orders


def main() -> None:
    from quixstreams import Application

    told = orders()
    meter, score = Meter(told.count), SentimentIntensityAnalyzer().polarity_scores
    app = Application(
        broker_address=told.broker,
        consumer_group=told.alarms,
        auto_offset_reset="earliest",
        state_dir=told.folder,
        loglevel="WARNING",
    )

    def is_negative(post: dict) -> bool:
        if meter.is_last():
            app.stop()
        return score(post["text"])["compound"] <= NEGATIVE

    def alarm(window: dict, brand: str, _timestamp: int, _headers: object) -> dict:
        return {"brand": brand, "minute": window["start"] // 60_000, "negatives": window["value"]}

    posts = app.topic(told.posts, key_deserializer="str", value_deserializer="json")
    alarms = app.topic(told.alarms, key_serializer="str", value_serializer="json")
    frame = app.dataframe(posts)
    frame = frame.filter(is_negative)
    frame = frame.tumbling_window(duration_ms=MINUTE_S * 1_000, grace_ms=LATENESS_S * 1_000).count().current()
    frame = frame.filter(lambda window: window["value"] == LIMIT)
    frame = frame.apply(alarm, metadata=True)
    frame.to_topic(alarms)
    app.run()
    meter.end()


if __name__ == "__main__":
    main()
