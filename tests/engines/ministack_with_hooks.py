"""Starts MiniStack with the hooks."""

import hooks
from ministack.app import main

hooks.install()
main()
