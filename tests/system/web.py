"""HTTP and HTTPS servers on loopback that fail on demand: they are killed, hang, answer 500 or show
an expired certificate."""
import os
import socket
import ssl
import threading

import harness

CA_CONFIG = '''
[ca]
default_ca = test
[test]
dir = {directory}
database = {directory}/index
new_certs_dir = {directory}
serial = {directory}/serial
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
x509_extensions = server
[any]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
CN = kotae test
[server]
subjectAltName = DNS:www.example.com
[authority]
basicConstraints = critical,CA:TRUE
subjectKeyIdentifier = hash
'''


class Certificates:
    """A certificate authority for tests, with a certificate that is valid and one that has expired."""

    def __init__(self, directory):
        self.directory = str(directory)
        openssl = harness.tool('openssl')
        config = os.path.join(self.directory, 'ca.cnf')
        with open(config, 'w') as out:
            out.write(CA_CONFIG.format(directory=self.directory))
        open(os.path.join(self.directory, 'index'), 'w').close()
        self.ca = os.path.join(self.directory, 'ca.pem')
        self.key = os.path.join(self.directory, 'key.pem')
        new = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-config', config]
        harness.run(openssl, 'req', '-x509', *new, '-keyout', self.path('ca.key'), '-out', self.ca, '-days', '30',
                    '-extensions', 'authority')
        harness.run(openssl, 'req', *new, '-keyout', self.key, '-out', self.path('request'), '-subj', '/CN=www.example.com')
        for name, begin, end in (('good.pem', '20260101000000Z', '20991231235959Z'), ('expired.pem', '20200101000000Z', '20210101000000Z')):
            harness.run(openssl, 'ca', '-batch', '-config', config, '-cert', self.ca, '-keyfile', self.path('ca.key'),
                        '-startdate', begin, '-enddate', end, '-in', self.path('request'), '-out', self.path(name), '-notext')

    def path(self, name):
        return os.path.join(self.directory, name)

    def context(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path(name), self.key)
        return context


class Web:
    """A server that is well until told otherwise; certificates None: HTTP."""

    MODES = ('well', 'killed', 'hung', '500', 'expired')

    def __init__(self, certificates=None, address='127.0.0.1', port=None):
        self.mode = 'well'
        self.probes = 0
        self.contexts = {name: certificates.context(name) for name in ('good.pem', 'expired.pem')} if certificates else None
        self.address, self.port = (address, port) if port else harness.free_endpoint(address)
        self.listener = None
        self.open = set()
        self.listen()

    def listen(self):
        self.listener = socket.create_server((self.address, self.port), backlog=64)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def set(self, mode):
        """From now on; connections that are open end, so that no fault hides behind an older one."""
        old, self.mode = self.mode, mode
        if mode == 'killed':
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        if old == 'killed' and mode != 'killed':
            self.listen()

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        self.open.add(connection)
        try:
            if self.contexts and self.mode != 'hung':
                name = 'expired.pem' if self.mode == 'expired' else 'good.pem'
                self.open.discard(connection)
                connection = self.contexts[name].wrap_socket(connection, server_side=True)
                self.open.add(connection)
            while self.answer(connection):
                pass
        except (OSError, ValueError):
            pass
        finally:
            self.open.discard(connection)
            connection.close()

    def answer(self, connection):
        octets = b''
        while b'\r\n\r\n' not in octets:
            more = connection.recv(4096)
            if not more:
                return False
            octets += more
        self.probes += 1
        if self.mode == 'hung':
            threading.Event().wait(5)
            return False
        status = b'500 Broken' if self.mode == '500' else b'200 OK'
        connection.sendall(b'HTTP/1.1 ' + status + b'\r\nContent-Length: 3\r\n\r\nok\n')
        return True
