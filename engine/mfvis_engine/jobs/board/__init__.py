"""The memory of an engine, beside its scheduler: jobs, where they stand, what they told; and its answers."""
