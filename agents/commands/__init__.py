"""One file per subcommand of `siaga`; what they share is in `options`."""
