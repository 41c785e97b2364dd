"""What an organizer may ask, with an API key: what is sold, to whom, and who is told of it."""

from server.api.office import catalog, organizers, people, pictures, promos, sales, webhooks

__all__ = ["catalog", "organizers", "people", "pictures", "promos", "sales", "webhooks"]
