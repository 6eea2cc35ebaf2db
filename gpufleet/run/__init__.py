"""Reaching hosts through pyinfra's own inventory and connections.

pyinfra waits for all hosts at once by means of gevent, which works only when the standard library is patched before
sockets are used. That happens here, so that whoever imports anything below this package has it done.
"""

from gevent import monkey

monkey.patch_all()
