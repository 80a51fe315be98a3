internal import DBus
internal import Linux

/// Puts a network's bridge into a zone of firewalld's, which refuses what comes from links that it does not know.
/// firewalld.dbus(5); as podman does, the zone is `trusted`: what may pass is what the network's own table says.
struct Firewalld {
    private let interface: String

    init(_ interface: String) { self.interface = interface }

    private static let zone = "trusted"
    private static let name = "org.fedoraproject.FirewallD1"
    private static let path = "/org/fedoraproject/FirewallD1"

    private var chain: ForeignChain { ForeignChain(family: .both, table: "firewalld", chain: "filter_FORWARD_ZONES") }

    /// Its rules name the links that are in zones, whichever those are. A zone that the user has chosen is left alone.
    func isOpen(_ netlink: inout Netlink) throws(SystemError) -> Bool {
        guard try chain.isThere(&netlink) else { return true }
        let link = NetworkTable.link(interface)
        return try chain.rules(&netlink).contains { $0.compared.contains(link) }
    }

    /// Now, and in firewalld's files: a reload of it forgets what is not there.
    func open() throws(SystemError) {
        do throws(SystemError) {
            var connection = try connect()
            try changeFiles("addInterface", unless: ["ALREADY_ENABLED"], &connection)
            try changeNow("addInterface", unless: ["ZONE_ALREADY_SET"], &connection)
        } catch {
            throw SystemError(error.call, "firewalld, whose rules refuse the bridge \(interface): \(error.subject)", error.errno)
        }
    }

    /// Nothing where firewalld does not run.
    func close(_ netlink: inout Netlink) throws(SystemError) {
        guard try chain.isThere(&netlink), var connection = try? connect() else { return }
        try changeFiles("removeInterface", unless: ["NOT_ENABLED"], &connection)
        try changeNow("removeInterface", unless: ["UNKNOWN_INTERFACE", "ZONE_CONFLICT"], &connection)
    }

    private func connect() throws(SystemError) -> DBusConnection {
        try DBusConnection(to: DBusConnection.systemBus, "firewalld", isBus: true)
    }

    private func changeNow(_ method: String, unless done: [String], _ connection: inout DBusConnection) throws(SystemError) {
        try ask(method, of: "zone", at: Self.path, [Self.zone, interface], unless: done, &connection)
    }

    private func changeFiles(_ method: String, unless done: [String], _ connection: inout DBusConnection) throws(SystemError) {
        let zone = try ask("getZoneByName", of: "config", at: "\(Self.path)/config", [Self.zone], &connection).first ?? ""
        try ask(method, of: "config.zone", at: zone, [interface], unless: done, &connection)
    }

    /// - Parameter done: how firewalld says that there is nothing to do.
    @discardableResult
    private func ask(
        _ method: String, of interface: String, at path: String, _ arguments: [String], unless done: [String] = [],
        _ connection: inout DBusConnection
    ) throws(SystemError) -> [String] {
        var call = DBusMessage(call: method, of: "\(Self.name).\(interface)", at: path, on: Self.name)
        call.setBody(String(repeating: "s", count: arguments.count)) { for argument in arguments { $0.string(argument) } }
        let answer = try connection.call(call)
        guard answer.kind == .error else { return answer.words }
        let text = answer.words.first ?? answer.errorName
        guard !done.contains(where: { text.hasPrefix($0) }) else { return [] }
        throw SystemError(method, "zone \(Self.zone): \(text)", .notPermitted)
    }
}
