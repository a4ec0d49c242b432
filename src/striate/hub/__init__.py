"""Take a trained network to Hugging Face's hub, and nothing else with it."""

from striate.hub.card import card_of
from striate.hub.pushing import Pushed, push


__all__ = ["Pushed", "card_of", "push"]
