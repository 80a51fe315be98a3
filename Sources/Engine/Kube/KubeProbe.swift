internal import JSON
internal import Linux
internal import Runtime

/// A check of a container's, of one of the three kinds that Kubernetes has.
struct KubeProbe: JSONRecord {
    struct Exec: JSONRecord {
        var command: [String] = []
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("command")
            try fields("command", &command)
            guard command.first?.isEmpty == false else { throw JSONError("names no command", at: "command") }
            try fields.refuseOthers()
        }
    }

    /// A number, or the name that a port of the container has.
    enum Port: Equatable {
        case number(UInt16)
        case name(String)

        init(_ value: JSONValue?) throws(JSONError) {
            guard let value else { throw JSONError("is missing", at: "port") }
            if case .string(let name) = value, UInt16(name) == nil {
                self = .name(name)
                return
            }
            var text = value.text()
            if case .string(let digits) = value { text = digits }
            guard let number = UInt16(text), number > 0 else {
                throw JSONError("is \(text); it goes from 1 to 65535", at: "port")
            }
            self = .number(number)
        }
    }

    struct HTTPGet: JSONRecord {
        var path = "/"
        var port = Port.number(0)
        var host: String?
        var httpHeaders: [NetworkProbe.Header]?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            var (path, scheme): (String?, String?) = (nil, nil)
            var port: JSONValue?
            try fields("path", &path)
            try fields("port", &port)
            try fields("host", &host)
            try fields("scheme", &scheme)
            try fields("httpHeaders", &httpHeaders)
            guard [nil, "", "HTTP"].contains(scheme) else {
                throw JSONError("is \(scheme ?? ""), which is not supported; HTTP is", at: "scheme")
            }
            self.path = path.map { $0.hasPrefix("/") ? $0 : "/\($0)" } ?? "/"
            guard NetworkProbe.isPath(self.path) else { throw JSONError("is \"\(path ?? "")\", which is no path", at: "path") }
            self.port = try Port(port)
            try KubeProbe.check(host)
            try fields.refuseOthers()
        }
    }

    struct TCPSocket: JSONRecord {
        var port = Port.number(0)
        var host: String?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            var port: JSONValue?
            try fields("port", &port)
            try fields("host", &host)
            self.port = try Port(port)
            try KubeProbe.check(host)
            try fields.refuseOthers()
        }
    }

    /// Names are not looked up: who answers would be somebody else's to say.
    static func check(_ host: String?) throws(JSONError) {
        guard let host, !host.isEmpty, host != "localhost" else { return }
        guard InternetText.bytes(host) != nil else {
            throw JSONError("is \"\(host)\"; it is an address, or left out", at: "host")
        }
    }

    var exec: Exec?
    var httpGet: HTTPGet?
    var tcpSocket: TCPSocket?
    var initialDelaySeconds: Int?
    var periodSeconds: Int?
    var timeoutSeconds: Int?
    var failureThreshold: Int?
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        var successThreshold: Int?
        try fields("exec", &exec)
        try fields("httpGet", &httpGet)
        try fields("tcpSocket", &tcpSocket)
        try fields("initialDelaySeconds", &initialDelaySeconds)
        try fields("periodSeconds", &periodSeconds)
        try fields("timeoutSeconds", &timeoutSeconds)
        try fields("failureThreshold", &failureThreshold)
        try fields("successThreshold", &successThreshold)
        guard (successThreshold ?? 1) == 1 else {
            throw JSONError("is \(successThreshold ?? 0); one success is enough here", at: "successThreshold")
        }
        let times = [
            ("initialDelaySeconds", initialDelaySeconds, 0), ("periodSeconds", periodSeconds, 1),
            ("timeoutSeconds", timeoutSeconds, 1), ("failureThreshold", failureThreshold, 1),
        ]
        for (field, value, least) in times {
            if let value, !(least...1_000_000).contains(value) {
                throw JSONError("is \(value); the least is \(least)", at: field)
            }
        }
        try fields.refuseOthers()
        guard [exec != nil, httpGet != nil, tcpSocket != nil].filter({ $0 }).count == 1 else {
            throw JSONError("has to have one of exec, httpGet and tcpSocket")
        }
    }
}
