#!/usr/bin/env python3
"""A registry that misbehaves, for Tests/RegistryTests: what a good one cannot be made to do.

Prints one line of JSON (ports, blobs), then serves until its standard input ends. The first part of a repository's name
says what goes wrong. GET /log lists the requests so far.
"""
import base64, email.utils, hashlib, json, os, socket, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

folder = sys.argv[1]
blobs, log, counts, uploads = {}, [], {}, {}
lock = threading.Lock()
INDEX = 'application/vnd.oci.image.index.v1+json'


def make(name, size):
    data = os.urandom(size)
    digest = 'sha256:' + hashlib.sha256(data).hexdigest()
    path = os.path.join(folder, name)
    with open(path, 'wb') as file:
        file.write(data)
    blobs[digest] = data
    return {'digest': digest, 'size': size, 'file': path}


def count(key):
    with lock:
        counts[key] = counts.get(key, 0) + 1
        return counts[key]


class Registry(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, status, body=b'', **headers):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace('_', '-'), value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def error(self, status, code, **headers):
        self.answer(status, {'errors': [{'code': code, 'message': 'as the test wants'}]}, **headers)

    def note(self):
        with lock:
            log.append({'method': self.command, 'path': self.path, 'port': self.server.server_port,
                        'authorization': self.headers.get('Authorization'), 'range': self.headers.get('Range'),
                        'contentRange': self.headers.get('Content-Range'), 'length': self.headers.get('Content-Length')})

    def do_GET(self):
        url = urlparse(self.path)
        if url.path == '/log':
            return self.answer(200, log)
        self.note()
        if url.path == '/token':
            return self.token(parse_qs(url.query))
        if url.path == '/v2/':
            return self.answer(200, {})
        if url.path.startswith('/elsewhere/'):
            return self.blob('', url.path[len('/elsewhere/'):])
        if url.path == '/v2/_catalog':
            return self.answer(200, {'repositories': ['one/alpha', 'two/beta', 'alphabet']})
        parts = url.path.split('/')[2:]
        if len(parts) < 3:
            return self.error(404, 'NAME_UNKNOWN')
        kind, reference = parts[-2], parts[-1]
        repository = '/'.join(parts[:-2])
        if not self.allowed(repository):
            return
        if kind == 'blobs':
            return self.blob(repository.split('/')[0], reference)
        if kind == 'manifests':
            return self.manifest(repository.split('/')[0], reference)
        if kind == 'tags':
            return self.tags(parse_qs(url.query))
        if kind == 'referrers' and repository.startswith('referred'):
            return self.answer(200, {'schemaVersion': 2, 'mediaType': INDEX, 'manifests': [
                {'digest': 'sha256:' + 'a' * 64, 'artifactType': 'text/one'},
                {'digest': 'sha256:' + 'b' * 64, 'artifactType': 'text/two'}]}, Content_Type=INDEX)
        if kind == 'uploads':
            return self.upload_state(reference)
        self.error(404, 'NAME_UNKNOWN')

    do_HEAD = do_GET

    def allowed(self, repository):
        if not repository.startswith('secret'):
            return True
        shown = (self.headers.get('Authorization') or '').split('-', 2)
        if repository.startswith('secret-once') and count('once') == 4:
            counts['revoked'] = counts['issued']
        if shown[0] == 'Bearer token' and shown[2] == 'repository:%s:pull' % repository \
                and int(shown[1]) > counts.get('revoked', 0):
            return True
        self.error(401, 'UNAUTHORIZED', WWW_Authenticate='Bearer realm="http://127.0.0.1:%d/token",service="stub, inc",'
                   'scope="repository:%s:pull"' % (self.server.server_port, repository))
        return False

    def token(self, query):
        if self.headers.get('Authorization') != 'Basic ' + base64.b64encode(b'joe:secret').decode():
            return self.error(401, 'UNAUTHORIZED')
        if query.get('service') != ['stub, inc']:
            return self.error(400, 'UNSUPPORTED')
        self.answer(200, {'token': 'token-%d-%s' % (count('issued'), query.get('scope', ['none'])[0]), 'expires_in': 300})

    def do_CONNECT(self):
        """A proxy that knows one host."""
        self.note()
        try:
            port = int(self.path.split(':')[1])
            far = socket.create_connection(('127.0.0.1', self.server.server_port if port == 80 else port))
        except OSError:
            return self.error(502, 'UNREACHABLE')
        self.send_response(200)
        self.end_headers()
        self.close_connection = True

        def pump(source, target):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        back = threading.Thread(target=pump, args=(far, self.connection), daemon=True)
        back.start()
        pump(self.connection, far)
        back.join()

    def manifest(self, repository, reference):
        if repository == 'busy' and count('busy') <= 2:
            late = email.utils.formatdate(time.time() + 1, usegmt=True)
            return self.error(429, 'TOOMANYREQUESTS', Retry_After='0' if counts['busy'] == 1 else late)
        if repository == 'toobusy':
            return self.error(429, 'TOOMANYREQUESTS', Retry_After='0')
        if repository == 'failing' and count('failing') <= 2:
            return self.error(503, 'UNKNOWN')
        if repository == 'binary':
            return self.answer(200, b'{"a":"\xff\xfe"}')
        if repository == 'huge':
            return self.answer(200, b' ' * (4 * 1024 * 1024 + 1))
        if repository == 'denied':
            return self.error(403, 'DENIED')
        if repository == 'circle':
            return self.answer(307, Location=self.path)
        if reference.startswith('sha256-'):
            return self.error(404, 'MANIFEST_UNKNOWN')
        self.answer(200, {'from': repository, 'accept': self.headers.get_all('Accept')}, Content_Type=INDEX + '; charset=utf-8',
                    Docker_Content_Digest='sha256:' + '1' * 64)

    def tags(self, query):
        start = int(query.get('last', ['0'])[0])
        names = ['t%d' % i for i in range(start, start + 3)]
        more = {} if start >= 6 else {'Link': '</v2/paged/x/tags/list?last=%d&n=3>; rel="next"' % (start + 3)}
        self.answer(200, {'name': 'x', 'tags': names}, **more)

    def blob(self, repository, digest):
        if repository == 'away':
            return self.answer(307, Location='http://127.0.0.1:%d/elsewhere/%s' % (other.server_port, digest))
        if repository == 'babble':
            self.send_response(404)
            self.send_header('Content-Length', str(1 << 40))
            self.end_headers()
            while True:
                self.wfile.write(b' ' * 65536)
        data = blobs.get(digest)
        if data is None:
            return self.error(404, 'BLOB_UNKNOWN')
        first, last, status = 0, len(data) - 1, 200
        if self.headers.get('Range') and repository not in ('noranges', 'longer'):
            ends = self.headers['Range'].split('=')[1].split('-')
            first, last, status = int(ends[0]), min(int(ends[1] or last), last), 206
        if repository == 'stingy':
            last = min(last, first + 300000)
        part = data[first:last + 1]
        if repository == 'shorter':
            part = part[:-1]
        if repository == 'shifted' and status == 206:
            first, last = first + 1, last + 1
        self.send_response(status)
        if status == 206:
            self.send_header('Content-Range', 'bytes %d-%d/%d' % (first, last, len(data)))
        if repository == 'longer':
            self.send_header('Transfer-Encoding', 'chunked')
            self.end_headers()
            for chunk in (part, b'and more'):
                self.wfile.write(b'%x\r\n%s\r\n' % (len(chunk), chunk))
            return self.wfile.write(b'0\r\n\r\n')
        self.send_header('Content-Length', str(len(part)))
        self.end_headers()
        breaks = repository == 'breaks' or repository == 'noranges' and count('noranges') == 1
        if repository == 'hopeless' or breaks and count('breaks') <= 12 and len(part) > 1000:
            part = part[:len(part) // 2] if breaks else b''
            self.close_connection = True
        self.wfile.write(part)

    # Uploads.

    def upload_state(self, name):
        self.answer(204, Location='/v2/u/blobs/uploads/' + name, Range='0-%d' % max(0, len(uploads[name]) - 1))

    def do_POST(self):
        self.note()
        if urlparse(self.path).path == '/token':
            form = parse_qs(self.rfile.read(int(self.headers['Content-Length'])).decode())
            if form.get('refresh_token') != ['identity'] or form.get('grant_type') != ['refresh_token']:
                return self.error(401, 'UNAUTHORIZED')
            return self.answer(200, {'access_token': 'token-%d-%s' % (count('issued'), form['scope'][0]), 'expires_in': 300})
        repository = self.path.split('/')[2]
        name = '%s-%d' % (repository, count('upload'))
        uploads[name] = b''
        least = {'OCI_Chunk_Min_Length': '1000'} if repository == 'chunky' else {}
        self.answer(202, Location='/v2/u/blobs/uploads/' + name, **least)

    def body(self, limit=None):
        data, length = b'', int(self.headers.get('Content-Length') or 0)
        while len(data) < length and (limit is None or len(data) < limit):
            part = self.rfile.read(min(65536, length - len(data)))
            if not part:
                break
            data += part
        return data

    def do_PATCH(self):
        self.note()
        name = urlparse(self.path).path.split('/')[-1]
        start = int(self.headers['Content-Range'].split('-')[0])
        if start != len(uploads[name]):
            self.body()
            return self.error(416, 'RANGE_INVALID')
        uploads[name] += self.body()
        self.answer(202, Location='/v2/u/blobs/uploads/' + name, Range='0-%d' % (len(uploads[name]) - 1))

    def do_PUT(self):
        self.note()
        url = urlparse(self.path)
        name = url.path.split('/')[-1]
        if name.startswith('whole') and int(self.headers.get('Content-Length') or 0) > 0:
            self.body()
            return self.error(413, 'SIZE_INVALID')
        if name.startswith('early') and int(self.headers.get('Content-Length') or 0) > 0:
            self.close_connection = True
            return self.error(413, 'SIZE_INVALID')
        if name.startswith('snaps') and count('snaps') == 1:
            uploads[name] += self.body(limit=400000)
            self.close_connection = True
            return self.connection.close()
        uploads[name] += self.body()
        digest = parse_qs(url.query)['digest'][0]
        if 'sha256:' + hashlib.sha256(uploads[name]).hexdigest() != digest:
            return self.error(400, 'DIGEST_INVALID')
        blobs[digest] = uploads[name]
        self.answer(201, Location='/v2/u/blobs/' + digest, Docker_Content_Digest=digest)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


main, other = Server(('127.0.0.1', 0), Registry), Server(('127.0.0.1', 0), Registry)
for server in (main, other):
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({'port': main.server_port, 'other': other.server_port, 'small': make('small', 1000000),
                  'large': make('large', 40 << 20)}), flush=True)
sys.stdin.read()
