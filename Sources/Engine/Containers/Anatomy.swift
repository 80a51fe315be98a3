internal import JSON
internal import Linux
internal import Networks
internal import OCI
internal import Runtime

/// What a container is made of: its namespaces, control groups, layers, mounts and network, as they are found.
package struct Anatomy: Sendable {
    package struct Row: Sendable, Equatable {
        package var label: String
        package var text: String
        /// How much of a limit is used, or how much this is of the whole; nil where that says nothing. 0 to 1.
        package var share: Double?
    }

    package struct Part: Sendable, Equatable {
        package var title: String
        package var rows: [Row]
    }

    package let title: String
    package let parts: [Part]

    package init(_ record: ContainerRecord, _ engine: Engine) throws(EngineError) {
        let status = try engine.status(record.id)
        title = "\(record.name) (\(record.shortID)), \(status.name): \(record.command.joined(separator: " "))"
        let pid = status.pid
        let source = Source(engine: engine, record: record)
        parts = [
            pid.map { Part(title: "Namespaces", rows: source.namespaces($0)) },
            pid.map { _ in Part(title: "Control groups", rows: source.groups()) }, Part(title: "Layers", rows: source.layers()),
            Part(title: "Mounts", rows: source.mounts()), pid.map { Part(title: "Network", rows: source.network($0)) },
        ].compactMap { $0 }.filter { !$0.rows.isEmpty }
    }

    /// Where each part is looked up.
    private struct Source {
        let engine: Engine
        let record: ContainerRecord

        private static let kinds = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"]

        private func link(_ process: String, _ kind: String) -> String? { try? File.readLink("/proc/\(process)/ns/\(kind)") }

        /// Own, the host's, or shared with which containers. namespaces(7).
        func namespaces(_ pid: Int32) -> [Row] {
            let others = ((try? engine.store.all()) ?? []).filter { $0.id != record.id }.compactMap { other -> (String, Int32)? in
                guard case .running(let process, _)? = try? engine.status(other.id) else { return nil }
                return (other.name, process)
            }
            return Anatomy.Source.kinds.compactMap { kind in
                guard let own = link("\(pid)", kind) else { return nil }
                let number = own.drop { $0 != "[" }
                if own == link("1", kind) || own == link("self", kind) {
                    return Row(label: kind, text: "the host's \(number)", share: nil)
                }
                let sharing = others.filter { link("\($0.1)", kind) == own }.map(\.0)
                let whose = sharing.isEmpty ? "own" : "shared with \(sharing.joined(separator: ", "))"
                return Row(label: kind, text: "\(whose) \(number)", share: nil)
            }
        }

        func groups() -> [Row] {
            guard let cgroup = (try? engine.operations(record.id).record())?.cgroup else { return [] }
            var rows = cgroup.groups.map { group in
                Row(
                    label: group.isV2 ? "v2" : group.controllers.joined(separator: ","), text: group.directory, share: nil)
            }
            let statistics = cgroup.statistics()
            rows += [Self.limited("memory", statistics, ["memory", "usage"], "usage", isBytes: true)].compactMap { $0 }
            rows += [Self.limited("processes", statistics, ["pids"], "current", isBytes: false)].compactMap { $0 }
            if let time = statistics.count(at: ["cpu", "usage", "total"]), time > 0 {
                rows.append(Row(label: "processor", text: "\(Double(time / 1_000_000) / 1000) s used", share: nil))
            }
            return rows
        }

        /// `12.5m of 64m`; a limit near the greatest number is none.
        private static func limited(
            _ label: String, _ value: JSONValue, _ path: [String], _ key: String, isBytes: Bool
        ) -> Row? {
            guard let used = value.count(at: path + [key]) else { return nil }
            func text(_ amount: UInt64) -> String { isBytes ? ByteSize.text(Int64(clamping: amount)) : "\(amount)" }
            let limit = value.count(at: path + ["limit"]) ?? 0
            guard limit > 0, limit < 1 << 60 else { return Row(label: label, text: "\(text(used)), no limit", share: nil) }
            return Row(label: label, text: "\(text(used)) of \(text(limit))", share: Double(used) / Double(limit))
        }

        /// The uppermost first, each with its part of the whole.
        func layers() -> [Row] {
            guard let layers = try? engine.layers(record, needsUpper: false) else { return [] }
            var found: [(label: String, path: String, bytes: Int64)] = []
            if let upper = layers.upper { found.append(("writable", upper, DiskUse.bytes(below: upper))) }
            for path in layers.lowers {
                // The host's root is not measured: it is everything.
                found.append(("read-only", path, path == "/" ? 0 : DiskUse.bytes(below: path)))
            }
            let total = found.reduce(0) { $0 + $1.bytes }
            return found.map { layer in
                let size = layer.path == "/" ? "the host's root" : ByteSize.text(layer.bytes)
                let share = total > 0 ? Double(layer.bytes) / Double(total) : nil
                return Row(label: layer.label, text: "\(size)  \(layer.path)", share: share)
            }
        }

        func mounts() -> [Row] {
            ((try? engine.spec(of: record).mounts) ?? []).filter { $0.destination != "/" }.map { mount in
                let options = mount.options ?? []
                let from = mount.source.map { $0.hasPrefix("/") ? $0 : mount.type ?? $0 } ?? mount.type ?? ""
                let kind = options.contains("ro") ? "read-only" : "read-write"
                return Row(label: mount.destination, text: "\(from), \(kind)", share: nil)
            }
        }

        /// The devices in its network namespace, with what went through. proc(5), /proc/PID/net/dev.
        func network(_ pid: Int32) -> [Row] {
            let text = (try? File.readText("/proc/\(pid)/net/dev", limit: 1 << 20)) ?? ""
            let plan = NetworkPlan.read(record.id, in: engine.locations)
            let places = (plan?.attachments ?? []).map { attachment in
                let addresses = attachment.addresses.map(\.description).joined(separator: ", ")
                return Row(label: attachment.interface, text: "\(addresses) in \(attachment.network.name)", share: nil)
            }
            let ports = (plan?.ports ?? []).flatMap(\.single).map { port in
                let host = port.address.map { "\($0):\(port.host)" } ?? "\(port.host)"
                return Row(label: "port", text: "\(host) of the host to \(port.container)/\(port.transport.rawValue)", share: nil)
            }
            return places + ports
                + text.split(separator: "\n").dropFirst(2).compactMap { line in
                    let parts = line.split(separator: ":", maxSplits: 1)
                    guard parts.count == 2 else { return nil }
                    let fields = parts[1].split(separator: " ").compactMap { Int64($0) }
                    guard fields.count >= 9 else { return nil }
                    return Row(
                        label: String(parts[0].drop { $0 == " " }),
                        text: "received \(ByteSize.text(fields[0])), sent \(ByteSize.text(fields[8]))", share: nil)
                }
        }
    }
}
