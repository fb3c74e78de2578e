"""ports.py NAME...: NAME=PORT for each, TCP ports of 127.0.0.1 that are free now. They are below the range from which
the kernel takes ports for connections, so that none is taken between now and its use but by another run of this."""
import random
import socket
import sys

held = []
for name in sys.argv[1:]:
    while True:
        attempt = socket.socket()
        try:
            attempt.bind(("127.0.0.1", random.randrange(15000, 32000)))
            break
        except OSError:
            attempt.close()
    held.append(attempt)
    print(f"{name}={attempt.getsockname()[1]}")
