"""The demonstration: everything that siaga needs in one command, on this machine, and then gone again."""
