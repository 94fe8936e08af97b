"""The dashboard for those who run siaga: one row for each stage, in the order of the flow."""

from __future__ import annotations

from bench.dashboards.panel import Annotation, Dashboard, Panel, Query, Row, increase, of, quantiles, rate


def _stage(*stages: str) -> tuple[Query, ...]:
    chosen = "~" + "|".join(stages)
    spent = f"sum by (stage) ({rate('siaga_stage_seconds_sum', stage=chosen)})"
    return (
        Query(f"{spent} / sum by (stage) ({rate('siaga_stage_seconds_count', stage=chosen)})", "{{stage}}"),
    )


WORKERS = Row(
    "Workers",
    (
        Panel(
            "Workers that answer",
            "Workers whose page Prometheus can read.",
            "short",
            (Query('sum(up{job="siaga"})', "workers"),),
            "number",
            4,
        ),
        Panel(
            "Ready",
            "Workers that have their partitions and the state of these.",
            "short",
            (Query(f"sum({of('siaga_state_restored')})", "workers"),),
            "number",
            4,
        ),
        Panel(
            "With Kafka",
            "Workers whose heartbeats Kafka answers.",
            "short",
            (Query(f"sum({of('siaga_kafka_connected')})", "workers"),),
            "number",
            4,
        ),
        Panel(
            "Rebalancing",
            "Workers whose partitions are on the move.",
            "short",
            (Query(f"sum({of('siaga_rebalancing')})", "workers"),),
            "number",
            4,
            (1.0,),
        ),
        Panel(
            "Starts in the last hour",
            "How often workers were started; each costs some seconds.",
            "short",
            (Query('sum(changes(process_start_time_seconds{job="siaga"}[1h]))', "starts"),),
            "number",
            4,
            (3.0,),
        ),
        Panel(
            "Version",
            "Which versions run, on how many workers.",
            "short",
            (Query(f"sum by (version) ({of('siaga_build_info')})", "{{version}}"),),
            "number",
            4,
        ),
    ),
)

POSTS = Row(
    "Posts come in",
    (
        Panel(
            "Posts a second",
            "Posts that were read, by what became of them.",
            "short",
            (Query(f"sum by (outcome) ({rate('siaga_posts_total')})", "{{outcome}}"),),
        ),
        Panel(
            "Posts rejected a second",
            "By reason; they are kept on the topic posts-rejected.",
            "short",
            (
                Query(
                    f"sum by (reason) ({rate('siaga_posts_rejected_total')}) > 0 or "
                    f"sum({rate('siaga_posts_rejected_total')})",
                    "{{reason}}",
                ),
            ),
        ),
        Panel(
            "Accepted posts a second, by platform",
            "A platform that falls to zero has mostly lost its source.",
            "short",
            (Query(f"sum by (platform) ({rate('siaga_platform_posts_total')}) > 0", "{{platform}}"),),
        ),
        Panel(
            "From creation to Kafka",
            "How slow the sources are, for posts about a brand.",
            "s",
            quantiles("siaga_intake_latency_seconds", 0.5, 0.95),
        ),
        Panel(
            "Records waiting",
            "By topic, as Kafka says.",
            "short",
            (Query(f"sum by (topic) ({of('siaga_lag_records')})", "{{topic}}"),),
        ),
        Panel(
            "Records lost",
            "Deleted before they were read (expired), or offsets that Kafka lacks (gap).",
            "short",
            (
                Query(
                    f"sum by (topic) (increase({of('siaga_expired_records_total')}[1h]))",
                    "expired, {{topic}}",
                ),
                Query(f"sum by (topic) (increase({of('siaga_gap_records_total')}[1h]))", "gap, {{topic}}"),
            ),
        ),
    ),
)

SCORED = Row(
    "They are scored",
    (
        Panel(
            "Seconds a slab",
            "Reading, matching and scoring (score); packing and Kafka's confirmation (pack).",
            "s",
            _stage("score", "pack"),
        ),
        Panel(
            "Posts a slab",
            "Slabs grow with the load by themselves.",
            "short",
            quantiles("siaga_slab_posts", 0.5, 0.95),
        ),
        Panel(
            "From Kafka to confirmed mentions",
            "The latency budget: 99 of 100 within 2 s.",
            "s",
            quantiles("siaga_scoring_latency_seconds", 0.5, 0.95, 0.99),
        ),
        Panel(
            "Mentions a second",
            "A post about two brands is two mentions.",
            "short",
            (Query(f"sum by (polarity) ({rate('siaga_mentions_total')})", "{{polarity}}"),),
        ),
        Panel(
            "Texts cut a second",
            "Posts whose text was longer than the limit.",
            "short",
            (Query(f"sum({rate('siaga_posts_cut_total')})", "cut"),),
        ),
        Panel(
            "Standing still",
            "For how long records have waited without any being handled.",
            "s",
            (Query(f"max by (topic) ({of('siaga_standstill_seconds')})", "{{topic}}"),),
            thresholds=(30.0,),
        ),
    ),
)

COUNTED = Row(
    "They are counted",
    (
        Panel(
            "Mentions a second, by outcome",
            "Late ones count nowhere; duplicates were counted before.",
            "short",
            (Query(f"sum by (outcome) ({rate('siaga_mentions_outcome_total')})", "{{outcome}}"),),
        ),
        Panel(
            "Late by",
            "By how much late mentions missed their minute.",
            "s",
            quantiles("siaga_late_seconds", 0.5, 0.95),
        ),
        Panel(
            "Behind by",
            "By how much each partition is behind, beyond the allowed lateness.",
            "s",
            (Query(f"max by (partition) ({of('siaga_watermark_delay_seconds')})", "{{partition}}"),),
            thresholds=(120.0,),
        ),
        Panel(
            "Seconds a slab",
            "Counting (count), sending what was found (send), writing state (state).",
            "s",
            _stage("count", "send", "state"),
        ),
        Panel(
            "Catching up",
            "Partitions that count posts over two minutes old.",
            "short",
            (Query(f"sum({of('siaga_catching_up')})", "partitions"),),
        ),
        Panel(
            "Waited for no more",
            "Posts partitions of which nothing was heard for 10 min.",
            "short",
            (Query(f"max by (partition) ({of('siaga_left_out_partitions')})", "{{partition}}"),),
        ),
    ),
)

INCIDENTS = Row(
    "Incidents are found",
    (
        Panel(
            "Open incidents",
            "By severity.",
            "short",
            (Query(f"sum by (severity) ({of('siaga_open_incidents')})", "{{severity}}"),),
        ),
        Panel(
            "Revisions",
            "Within the shown step.",
            "short",
            (
                Query(
                    increase("change", "siaga_incident_revisions_total"),
                    "{{change}}",
                ),
            ),
        ),
        Panel(
            "From the deciding mention to the incident",
            "Until Kafka has confirmed it.",
            "s",
            quantiles("siaga_detection_latency_seconds", 0.5, 0.95),
        ),
    ),
)

DELIVERED = Row(
    "They are delivered",
    (
        Panel(
            "Alerts",
            "By receiver and outcome, within the shown step.",
            "short",
            (
                Query(
                    increase("receiver, outcome", "siaga_alerts_total"),
                    "{{receiver}} {{outcome}}",
                ),
            ),
        ),
        Panel(
            "Not told",
            "Revisions of which a receiver was not told, by the reason, within the shown step.",
            "short",
            (
                Query(
                    f"{increase('receiver, reason', 'siaga_alerts_skipped_total')} > 0 or "
                    f"sum(increase({of('siaga_alerts_skipped_total')}[$__rate_interval]))",
                    "{{receiver}} {{reason}}",
                ),
            ),
        ),
        Panel(
            "From the incident to the receiver",
            "Until the receiver has accepted it.",
            "s",
            quantiles("siaga_delivery_latency_seconds", 0.5, 0.95),
        ),
        Panel(
            "Waiting",
            "Incidents that wait for their turn at a receiver.",
            "short",
            (Query(f"sum by (receiver) ({of('siaga_alerts_waiting')})", "{{receiver}}"),),
        ),
        Panel(
            "Failing",
            "1 while a receiver fails and is tried only now and then.",
            "short",
            (Query(f"max by (receiver) ({of('siaga_receiver_circuit_open')})", "{{receiver}}"),),
        ),
        Panel("Seconds a delivery", "What a receiver takes to answer.", "s", _stage("deliver")),
    ),
)

STATE = Row(
    "State and machine",
    (
        Panel(
            "Records of state",
            "By table: what is known of brands, and who was told.",
            "short",
            (Query(f"sum by (table) ({of('siaga_state_records')})", "{{table}}"),),
        ),
        Panel(
            "Size of the state",
            "In the workers' memory, keys and values.",
            "bytes",
            (Query(f"sum by (table) ({of('siaga_state_bytes')})", "{{table}}"),),
        ),
        Panel(
            "Restores",
            "From the loss of all partitions, or the start, to their restored state: mean since the start.",
            "s",
            (
                Query(
                    f"sum by (instance) ({of('siaga_restore_seconds_sum')}) "
                    f"/ sum by (instance) ({of('siaga_restore_seconds_count')})",
                    "{{instance}}",
                ),
            ),
        ),
        Panel(
            "Processor",
            "Cores that a worker uses; one whole core is its limit.",
            "short",
            (
                Query(
                    'sum by (instance) (rate(process_cpu_seconds_total{job="siaga"}[$__rate_interval]))',
                    "{{instance}}",
                ),
            ),
        ),
        Panel(
            "Memory",
            "Resident memory of a worker.",
            "bytes",
            (Query('sum by (instance) (process_resident_memory_bytes{job="siaga"})', "{{instance}}"),),
        ),
        Panel(
            "Open files",
            "Connections are among them.",
            "short",
            (Query('sum by (instance) (process_open_fds{job="siaga"})', "{{instance}}"),),
        ),
    ),
)

SERVICE = Dashboard(
    "siaga-service",
    "Siaga: service",
    "Whether siaga works, one row for each stage in the order of the flow. What to do: docs/runbook.md.",
    (WORKERS, POSTS, SCORED, COUNTED, INCIDENTS, DELIVERED, STATE),
    (
        Annotation(
            "Worker starts",
            'changes(process_start_time_seconds{job="siaga"}[1m]) > 0',
            "worker started",
            "blue",
        ),
    ),
)
