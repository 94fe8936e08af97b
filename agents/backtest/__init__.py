"""What `siaga backtest` does: posts or counts of the past through the very core that alerts people."""
