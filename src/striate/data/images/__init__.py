"""Pictures in files: found, indexed, decoded once, and kept in a cache that is mapped to memory."""
