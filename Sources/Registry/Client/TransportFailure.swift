internal import AsyncHTTPClient
internal import EdgeProtocol
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Errors of sockets, TLS and HTTP framing in words, with what can be done.
enum TransportFailure {
    static func explain(_ error: any Error, host: String) -> any Error {
        switch error {
        case is RegistryError, is CancellationError: return error
        case let error as NIOConnectionError: return connection(error, host)
        case let error as HTTPClientError: return client(error, host)
        case let error as IOError where [111, 113, 101, 110].contains(error.errnoCode): return unreachable(error, host)
        case let error as IOError:
            return RegistryError(.network, "the connection to \(host) broke: \(reason(error))", isTransient: true)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: return tls(error, host)
        case is HTTPParserError:
            return RegistryError(.network, "\(host) does not speak HTTP, or broke off in the middle", isTransient: true)
        case is ChannelError:
            return RegistryError(.network, "the connection to \(host) broke", isTransient: true)
        default:
            return RegistryError(.network, "\(host): \(error)", isTransient: true)
        }
    }

    private static func connection(_ error: NIOConnectionError, _ host: String) -> RegistryError {
        guard let first = error.connectionErrors.first else {
            return RegistryError(
                .network, "there is no host named \(error.host); check the name, and that this machine can resolve names")
        }
        if let system = first.error as? IOError { return unreachable(system, host) }
        return RegistryError(.network, "cannot connect to \(host): \(first.error)", isTransient: true)
    }

    private static func unreachable(_ error: IOError, _ host: String) -> RegistryError {
        let hint = error.errnoCode == 111 ? "is a registry running there?" : "check the address and the network"
        return RegistryError(.network, "no connection to \(host): \(reason(error)); \(hint)")
    }

    private static func client(_ error: HTTPClientError, _ host: String) -> any Error {
        switch error {
        case .cancelled: return CancellationError()
        case .connectTimeout: return RegistryError(.network, "\(host) does not answer: no connection within 15 seconds")
        case .tlsHandshakeTimeout: return RegistryError(.tls, "\(host) does not answer the TLS greeting")
        case .readTimeout, .deadlineExceeded, .writeTimeout, .getConnectionFromPoolTimeout:
            return RegistryError(.network, "\(host) stopped answering", isTransient: true)
        case .remoteConnectionClosed:
            return RegistryError(.network, "\(host) closed the connection in the middle", isTransient: true)
        case .invalidProxyResponse, .proxyAuthenticationRequired:
            return RegistryError(.network, "the proxy refuses \(host): \(error.shortDescription); see HTTPS_PROXY and NO_PROXY")
        default: return RegistryError(.network, "\(host): \(error.shortDescription)", isTransient: true)
        }
    }

    /// Verification that failed, or a port that does not speak TLS.
    private static func tls(_ error: any Error, _ host: String) -> RegistryError {
        let text = "\(error)"
        let folder = "/etc/containers/certs.d/\(host)"
        let why: String
        var advice = "put its CA into \(folder)/ca.crt, or use --tls-verify=false"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            why = "its certificate is signed by nobody this machine trusts, or is out of date"
        } else if text.contains("failedToValidateHostname") || text.contains("Hostname") {
            why = "its certificate is for another name"
        } else if text.contains("CERTIFICATE_REQUIRED") || text.contains("ALERT_BAD_CERTIFICATE") || text.contains("UNKNOWN_CA") {
            why = "it wants a client's certificate"
            advice = "put one into \(folder)/ as client.cert and client.key"
        } else if isPlain(text) {
            why = "it does not speak TLS on that port"
            advice = "--tls-verify=false allows plain HTTP"
        } else if text.contains("uncleanShutdown") || text.contains("eofDuringHandshake") {
            return RegistryError(.network, "\(host) broke the connection off", isTransient: true)
        } else {
            why = OneLine.text(text, limit: 200)
        }
        var failure = RegistryError(.tls, "the TLS connection to \(host) failed: \(why); \(advice)")
        failure.isPlain = isPlain(text)
        return failure
    }

    private static func isPlain(_ text: String) -> Bool {
        ["WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST"].contains(where: text.contains)
    }

    private static func reason(_ error: IOError) -> String {
        switch error.errnoCode {
        case 111: "connection refused"
        case 104: "connection reset"
        case 113: "no route to host"
        case 101: "network is unreachable"
        case 32: "broken pipe"
        case 110: "timed out"
        default: "\(error)"
        }
    }
}
