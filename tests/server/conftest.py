from served_networks import served


__all__ = ["served"]
