"""Between the processes of an engine and its clients: messages, their encoding, files, connections, certificates."""
