import Foundation
import Testing

/// A host of the test's own, with a link to another: two network namespaces joined by a pair of devices. The machine's own
/// network stays as it is.
final class NetworkLab {
    let hako: Hako
    private let host: Child
    private let outside: Child

    static let hostAddress = "192.0.2.2"
    static let outsideAddress = "192.0.2.1"

    init(_ identity: Identity) throws {
        hako = try Hako(identity)
        let up = hako.path("up")
        // It forwards nothing yet, which a new namespace otherwise has from the machine; docker drops what it does not know only where
        // it turned forwarding on itself. A plain user's programs need /dev/net/tun, which is root's on some machines.
        let setUp = """
            set -e; echo 0 >/proc/sys/net/ipv4/ip_forward; ip link set lo up; mknod -m 666 \(hako.path("tun")) c 10 200
            [ ! -e /dev/net/tun ] || mount --bind \(hako.path("tun")) /dev/net/tun
            touch \(up); exec sleep 3600
            """
        host = try Child(
            ["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", setUp], environment: Machine.environment)
        outside = try Child(
            ["unshare", "--net", "sh", "-c", "ip link set lo up; touch \(up)2; exec sleep 3600"], environment: Machine.environment
        )
        guard eventually({ Machine.exists(up) && Machine.exists("\(up)2") }) else { throw HarnessError("no network namespaces") }
        hako.prefix = inside
        let links = """
            set -e
            ip link add up0 netns \(host.pid) type veth peer name out0 netns \(outside.pid)
            nsenter -t \(host.pid) -n sh -ec 'ip addr add \(Self.hostAddress)/24 dev up0; ip link set up0 up; \
            ip addr add 2001:db8::2/64 dev up0 nodad; ip route add default via \(Self.outsideAddress)'
            nsenter -t \(outside.pid) -n sh -ec 'ip addr add \(Self.outsideAddress)/24 dev out0; ip link set out0 up; \
            ip addr add 2001:db8::1/64 dev out0 nodad; ip route add 10.0.0.0/8 via \(Self.hostAddress)'
            """
        let made = try Child(["sh", "-c", links], environment: Machine.environment).finish(within: 30)
        guard made.status == 0 else { throw HarnessError("no link between the hosts: \(made)") }
    }

    func remove() {
        hako.remove()
        for child in [host, outside] {
            child.send(SIGKILL)
            _ = try? child.finish(within: 10)
        }
        // What a plain user's own namespace made is not the user's to remove.
        try? FileManager.default.removeItem(atPath: hako.directory)
    }

    private var inside: [String] { ["nsenter", "-t", "\(host.pid)", "-n", "-m", "--"] }
    private var outsideWords: [String] { ["nsenter", "-t", "\(outside.pid)", "-n", "--"] }

    /// A program on the host.
    @discardableResult
    func onHost(_ words: String..., within seconds: Double = 30) throws -> Outcome {
        try Child(inside + words, environment: Machine.environment).finish(within: seconds)
    }

    /// A program on the other host.
    func onOutside(_ words: String..., within seconds: Double = 30) throws -> Outcome {
        try onOutside(words, within: seconds)
    }

    func onOutside(_ words: [String], within seconds: Double) throws -> Outcome {
        try Child(outsideWords + words, environment: Machine.environment).finish(within: seconds)
    }

    /// A server of the other host's that answers each connection with the client's address.
    func serverOutside(_ port: Int) throws -> Child {
        try Child(outsideWords + ["python3", "-c", Self.echo, "\(port)"], environment: Machine.environment)
    }

    func clientOnHost(_ script: String) throws -> Child {
        try Child(inside + ["python3", "-c", script], environment: Machine.environment)
    }

    func clientOutside(_ script: String) throws -> Child {
        try Child(outsideWords + ["python3", "-c", script], environment: Machine.environment)
    }

    /// Answers a connection, or a datagram, with the address that it came from.
    static let echo = """
        import socket, sys, threading
        port = int(sys.argv[1])
        def datagrams():
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind(("::", port))
            while True: a = s.recvfrom(100)[1]; s.sendto(a[0].replace("::ffff:", "").encode(), a)
        threading.Thread(target=datagrams, daemon=True).start()
        s = socket.socket(socket.AF_INET6); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("::", port)); s.listen(9)
        while True: c, a = s.accept(); c.sendall(a[0].replace("::ffff:", "").encode()); c.close()
        """

    /// Asks such a server; prints what it said, or the error.
    static let ask = """
        import socket, sys
        address, port, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
        s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, \
        socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM); s.settimeout(2)
        try: s.connect((address, port)); s.send(b"x"); print(s.recv(100).decode())
        except OSError as e: print("failed:", e.__class__.__name__)
        """

    /// What a server says to a client on the host, on the other host, or in a container.
    func ask(from place: Place, _ address: String, _ port: Int, _ kind: String = "tcp") throws -> String {
        let words = ["python3", "-c", Self.ask, address, "\(port)", kind]
        switch place {
        case .host: return try Child(inside + words, environment: Machine.environment).finish(within: 20).text
        case .outside: return try Child(outsideWords + words, environment: Machine.environment).finish(within: 20).text
        case .container(let name): return try hako.spawn(hako.hakoWords(["exec", name] + words)).finish(within: 30).text
        }
    }

    enum Place {
        case host, outside
        case container(String)
    }

    /// A container that serves such answers, of the machine's own root.
    @discardableResult
    func serve(_ name: String, _ options: String..., port: Int = 80) throws -> Outcome {
        let words = ["run", "-d", "--name", name] + options + ["host", "python3", "-c", Self.echo, "\(port)"]
        let outcome = try hako.spawn(hako.hakoWords(words)).finish(within: 30)
        guard outcome.status == 0 else { return outcome }
        let pid = try hako("inspect", "-f", "{{.State.Pid}}", name).text
        let hexadecimal = ":" + String(port, radix: 16, uppercase: true).leftPadded(4) + " "
        let listens = eventually {
            let table = (try? String(contentsOfFile: "/proc/\(pid)/net/tcp6", encoding: .utf8)) ?? ""
            return table.split(separator: "\n").contains { $0.contains(hexadecimal) && $0.contains(" 0A ") }
        }
        if !listens { Issue.record("the server in \(name) does not listen") }
        return outcome
    }

    func address(_ name: String, _ network: String = "bridge", key: String = "IPAddress") throws -> String {
        try hako("inspect", "-f", "{{(index .NetworkSettings.Networks \"\(network)\").\(key)}}", name).text
    }

    /// The elements of the host's published ports.
    func elements() throws -> [String] {
        try onHost("nft", "list", "ruleset").lines.filter {
            $0.contains("elements") && $0.contains(" : ") || $0.contains(" : 10.")
        }
    }
}

extension String {
    fileprivate func leftPadded(_ width: Int) -> String { String(repeating: "0", count: max(0, width - count)) + self }
}

func withLab(_ identity: Identity = .root, _ body: (NetworkLab) throws -> Void) throws {
    let lab = try NetworkLab(identity)
    defer { lab.remove() }
    try body(lab)
}
