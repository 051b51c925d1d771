"""A part seen through a link that can be broken: it refuses, says nothing, is slow, or is cut."""

import select
import socket
import threading
import time
from contextlib import suppress

PASSES, REFUSES, SILENT, SLOW = "passes", "refuses", "silent", "slow"
SLOW_SECONDS = 0.4


class Link:
    """Listens on a port of its own and hands on to `target` as its `mode` says.

    Args:
        target: (host, port) of the part; None: there is none, so only to be silent or refuse.
    """

    def __init__(self, target: tuple[str, int] | None) -> None:
        self.target = target
        self.mode = PASSES
        self.open: set[socket.socket] = set()
        self.accepted = 0
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self.port = 0
        self._listen()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def set(self, mode: str) -> None:
        """From now on, for connections that are open too."""
        self.mode = mode
        if mode == REFUSES:
            self._stop_listening()
            self.cut()
        elif self._listener is None:
            self._listen()

    def cut(self) -> None:
        """Every open connection ends, as if the part had died."""
        with self._lock:
            gone, self.open = list(self.open), set()
        for each in gone:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def close(self) -> None:
        self._stop_listening()
        self.cut()

    def _listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.settimeout(None)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(256)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with self._lock:
            self.open.add(near)
        far = None
        try:
            near.settimeout(None)
            while self.mode == SILENT or self.target is None:
                time.sleep(0.05)
                if near.fileno() < 0:
                    return
            far = socket.create_connection(self.target, timeout=5)
            far.settimeout(None)
            with self._lock:
                self.open.add(far)
            self._hand_on(near, far)
        except (OSError, ValueError):
            pass
        finally:
            for each in filter(None, (near, far)):
                with self._lock:
                    self.open.discard(each)
                each.close()

    def _hand_on(self, near: socket.socket, far: socket.socket) -> None:
        while True:
            ready, _, _ = select.select([near, far], [], [], 0.2)
            if self.mode == SILENT:
                time.sleep(0.05)
                continue
            for source in ready:
                data = source.recv(65536)
                if not data:
                    return
                if self.mode == SLOW:
                    time.sleep(SLOW_SECONDS)
                (far if source is near else near).sendall(data)
