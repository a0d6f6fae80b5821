"""A desk that wishes what it is given, one wish after the other, and notes what it is told."""


class WishingDesk:
    def __init__(self, wishes=(), focus=0):
        self.events, self._wishes, self.focus, self.attempt = [], list(wishes), focus, 1

    def tell(self, event):
        self.events.append(event)

    def wish(self):
        return self._wishes.pop(0)

    def focus_frame(self):
        return self.focus
