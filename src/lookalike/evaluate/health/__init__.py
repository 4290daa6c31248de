"""The health of a catalogue: what its owner should look at, and why."""
