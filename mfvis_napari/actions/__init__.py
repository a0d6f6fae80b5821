"""What can be done by key, menu or button, each with its name and default key.

- `action`: `Action`.
- `catalogue`: all of them; keys, help and menus are made from it.
- `boxes`, `tracks`, `masks`, `moving`, `whole`: what they do, by group.
- `keys`: the keys in a window, which a person may change.
"""
