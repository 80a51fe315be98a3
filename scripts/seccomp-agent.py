"""A seccomp agent for a test: takes one listener on the socket named, answers its first call with EOPNOTSUPP, and says who came."""

import array
import fcntl
import json
import socket
import struct
import sys

SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND = 0xC0502100, 0xC0182101
EOPNOTSUPP = 95

server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(1)
server.settimeout(20)
client, _ = server.accept()
message, ancillary, _, _ = client.recvmsg(65536, socket.CMSG_SPACE(16))
descriptors = array.array("i")
for _, _, data in ancillary:
    descriptors.frombytes(data[: len(data) - len(data) % 4])
told = json.loads(message)
print(*told["fds"], told["metadata"], told["state"]["id"], told["state"]["status"], flush=True)
call = bytearray(80)
fcntl.ioctl(descriptors[0], SECCOMP_IOCTL_NOTIF_RECV, call)
(number,) = struct.unpack_from("Q", call)
fcntl.ioctl(descriptors[0], SECCOMP_IOCTL_NOTIF_SEND, struct.pack("QqiI", number, 0, -EOPNOTSUPP, 0))
