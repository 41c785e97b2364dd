"""Load tests: crowds at full speed, with pauses, under faults and for long; and the benchmark."""
