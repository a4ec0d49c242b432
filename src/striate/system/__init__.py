"""What Striate asks of the machine: devices, files that are replaced in one step, memory."""
