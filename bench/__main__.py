"""Steps of `make bench` that need Django, each a process of its own: `load`, then `measure`."""

import sys

import django

django.setup()

if __name__ == "__main__":
    from bench import steps

    sys.exit(steps.main(sys.argv[1:]))
