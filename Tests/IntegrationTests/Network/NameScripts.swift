/// Python programs that the tests of names run inside their network namespace.
enum NameScripts {
    /// What the others share: queries, and sockets to ask with.
    private static let common = """
        import os, socket, struct, sys, threading, time
        def name(text): return b''.join(bytes([len(l)]) + l.encode() for l in text.split('.') if l) + b'\\0'
        def query(text, kind=1, id=1, flags=0x100):
            return struct.pack('>6H', id, flags, 1, 0, 0, 0) + name(text) + struct.pack('>2H', kind, 1)
        def code(answer): return struct.unpack('>H', answer[2:4])[0] & 15
        def udp(source=None):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            if source: s.bind((source, 0))
            s.settimeout(5)
            s.connect(('10.89.0.1', 53))
            return s

        """

    /// A resolver at ADDRESS that answers each A query with the address ANSWER. Names tell it to do otherwise.
    static let resolver =
        common + """
            address, answer = sys.argv[1:3]
            def records(question, data, kind=1): return b'\\xc0\\x0c' + struct.pack('>2HIH', kind, 1, 60, len(data)) + data
            def reply(message, stream):
                id, flags = struct.unpack('>2H', message[:4])
                end = 12
                labels = []
                while message[end]:
                    labels.append(message[end + 1:end + 1 + message[end]].decode().lower())
                    end += message[end] + 1
                end += 5
                question = message[12:end]
                ip = socket.inet_aton(answer)
                out = [records(question, ip)]
                rcode = 0
                if labels[0] == 'big': out = [records(question, ip[:3] + bytes([i])) for i in range(100)]
                if labels[0] == 'none': out, rcode = [], 3
                if labels[0] == 'bits':
                    text = ('%04x %d' % (flags, len(message))).encode()
                    out = [records(question, bytes([len(text)]) + text, 16)]
                make = lambda i, q: struct.pack('>6H', i, 0x8180 | rcode | flags & 0x30, 1, len(out), 0, 0) + q + b''.join(out)
                if labels[0] == 'silent': return []
                right = make(id, question)
                if labels[0] == 'forged':
                    bad = right[:-1] + b'\\x63'
                    other = make(id, name('other.example') + question[-4:])
                    return [struct.pack('>H', id ^ 1) + bad[2:], other[:-1] + b'\\x63', b'x', right]
                return [right]
            def datagrams():
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.bind((address, 53))
                while True:
                    message, sender = s.recvfrom(65535)
                    for part in reply(message, False): s.sendto(part, sender)
            threading.Thread(target=datagrams, daemon=True).start()
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, 53))
            listener.listen(64)
            while True:
                s, _ = listener.accept()
                size = struct.unpack('>H', s.recv(2, socket.MSG_WAITALL))[0]
                for part in reply(s.recv(size, socket.MSG_WAITALL), True):
                    whole = struct.pack('>H', len(part)) + part
                    # In two pieces: who reads has to put them together.
                    s.sendall(whole[:1]); time.sleep(0.01); s.sendall(whole[1:])
                s.close()
            """

    /// Makes and removes a member COUNT times in the directory MEMBERS, its monitor MONITOR, and asks at once each time.
    static let comeAndGo =
        common + """
            members, monitor, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
            s = udp()
            path = members + '/ff00.json'
            for i in range(count):
                with open(path + '.new', 'w') as f:
                    f.write('{"id":"ff00","monitor":%s,"names":["n%d"],"addresses":["10.89.7.%d"]}' % (monitor, i, i % 250))
                os.rename(path + '.new', path)
                s.send(query('n%d' % i, id=i))
                answer = s.recv(4096)
                assert code(answer) == 0 and answer[-1] == i % 250, ('not there', i, answer)
                if i % 3: continue
                os.remove(path)
                s.send(query('n%d' % i, id=i))
                assert code(s.recv(4096)) == 3, ('still there', i)
            print('seen', count)
            """

    /// Sends queries for NAMES names over SOCKETS sockets for SECONDS, and says how many were answered a second, and lost.
    static let flood =
        common + """
            names, sockets, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
            packets = [query('n%d' % i, id=i) for i in range(names)]
            all = [udp() for _ in range(sockets)]
            sent = answered = wrong = 0
            start = time.time()
            while time.time() - start < seconds:
                for s in all:
                    for _ in range(8):
                        s.send(packets[sent % names]); sent += 1
                for s in all:
                    for _ in range(8):
                        try: answer = s.recv(4096)
                        except socket.timeout: break
                        answered += 1
                        if code(answer) or answer[6:8] != b'\\0\\1': wrong += 1
            print(int(answered / (time.time() - start)), sent - answered, wrong)
            """

    /// Broken packets and broken streams, and more streams than may be; then a whole query in pieces, and many in one.
    static let hostile =
        common + """
            import random
            random.seed(7)
            s = udp()
            for i in range(20000):
                message = bytearray(query('db.web', id=i))
                for _ in range(random.randrange(4)): message[random.randrange(len(message))] = random.randrange(256)
                if i % 5 == 0: message = bytearray(random.randbytes(random.randrange(1400)))
                s.send(message)
                if i % 64 == 0:
                    s.settimeout(0.02)
                    try:
                        while True: s.recv(65535)
                    except OSError: pass
            s.settimeout(5)
            def tcp():
                t = socket.create_connection(('10.89.0.1', 53)); t.settimeout(5); return t
            def closed(t):
                try: return t.recv(1) == b''
                except ConnectionError: return True
                except socket.timeout: return False
            t = tcp(); t.sendall(b'\\xff\\xff' + b'x' * 5000); assert closed(t), 'a long message'
            many = [tcp() for _ in range(300)]
            time.sleep(0.2)
            def isopen(t):
                t.settimeout(0)
                try: return t.recv(1) != b''
                except BlockingIOError: return True
                except ConnectionError: return False
            kept = sum(1 for t in many if isopen(t))
            assert 1 <= kept <= 128, kept
            for t in many: t.close()
            time.sleep(0.2)
            def read(t):
                size = struct.unpack('>H', t.recv(2, socket.MSG_WAITALL))[0]
                return t.recv(size, socket.MSG_WAITALL)
            t = tcp()
            whole = struct.pack('>H', len(query('db'))) + query('db', id=77)
            for byte in whole: t.sendall(bytes([byte])); time.sleep(0.002)
            assert read(t)[:2] == b'\\0\\x4d'
            t.sendall(b''.join(struct.pack('>H', len(query('db'))) + query('db', id=i) for i in range(2000)))
            t.shutdown(socket.SHUT_WR)
            for i in range(2000): assert struct.unpack('>H', read(t)[:2])[0] == i
            assert t.recv(1) == b''
            s = udp()
            s.send(query('db', id=9)); assert code(s.recv(4096)) == 0
            print('alive')
            """

    /// Sends COUNT queries that nobody answers from the address SOURCE, and says how many are refused at once.
    static let silence =
        common + """
            s = udp(sys.argv[1])
            refused = 0
            def drain():
                global refused
                try:
                    while True: refused += code(s.recv(4096)) == 2
                except (socket.timeout, BlockingIOError): pass
            for i in range(int(sys.argv[2])):
                s.send(query('silent.n%d.example' % i, id=i))
                s.settimeout(0)
                drain()
            s.settimeout(0.5)
            drain()
            print(refused)
            """
}
