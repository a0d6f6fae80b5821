"""A person who answers dialogs as a test says."""

from contextlib import nullcontext


class Answers:
    """Answers each question with the next of the answers given for it, and keeps what was asked.

    A question for which there is no answer is cancelled.
    """

    def __init__(self, **answers):
        self._answers = {name: list(given) for name, given in answers.items()}
        self.asked = []

    def busy(self):
        return nullcontext()

    def __getattr__(self, name):
        def answer(*question):
            self.asked.append((name, *question))
            waiting = self._answers.get(name, [])
            return waiting.pop(0) if waiting else None

        return answer

    @property
    def names(self):
        return [name for name, *_ in self.asked]
