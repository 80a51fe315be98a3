internal import JSON
internal import Linux

/// A network's folder as a name server follows it: who is a member, and which of them are there.
///
/// Each query compares the time of the directory of members, one fstat(2), and reads what is new. A file system's times move
/// by the kernel's ticks: a directory that was changed within the tick in which it was read may be changed again without a new
/// time, and so is not trusted (`isSettled`) before the next tick. Why not inotify(7): it has 128 instances a user, and a host
/// may have more networks.
final class NetworkFolder {
    let id: String
    private(set) var document: NetworkDocument
    var names: NetworkNames
    private let folder: Descriptor
    private let members: Descriptor
    private var files: [String: MemberFile] = [:]
    private var modified: FileTime?
    private var isSettled = false
    private var documentTime: FileTime
    /// Some monitors are not watched: to be looked for from time to time.
    private(set) var isUnwatched = false
    private var isUnread = false
    private let watch: MonitorWatch
    /// tmpfs gives no inode's number twice, so that the list of names tells which files are new.
    private let inodesAreUnique: Bool
    /// Whose monitor an event is of.
    private var monitors: [UInt32: String] = [:]

    private struct MemberFile {
        var inode: UInt64
        var modified: FileTime
        /// No later content can have the same time.
        var isSettled: Bool
        /// Closed when the monitor has ended; nil also for a file that says nothing.
        var monitor: MonitorWatch.Monitor?
    }

    /// More files are not read: a directory has an end.
    private static let mostMembers = 16384

    /// - Throws: also a `NameServerError`, for what is in network.json.
    init(_ id: String, in networks: borrowing Descriptor, _ watch: MonitorWatch) throws {
        self.id = id
        self.watch = watch
        folder = try networks.open(id, [.read, .directory, .noFollow])
        members = try folder.open("members", [.read, .directory, .noFollow])
        inodesAreUnique = try members.fileSystem() == .tmpfs
        documentTime = FileTime(try folder.status(of: NetworkDocument.fileName))
        document = try Self.readDocument(folder, id)
        names = NetworkNames(name: document.name, subnets: document.subnets.compactMap { Subnet($0) })
    }

    private static func readDocument(_ folder: borrowing Descriptor, _ id: String) throws -> NetworkDocument {
        let file = try folder.open(NetworkDocument.fileName, [.read, .noFollow])
        let bytes = try file.readToEnd(limit: NetworkDocument.longestFile)
        do throws(JSONError) { return try NetworkDocument(parsing: bytes) } catch {
            throw NameServerError("\(NetworkDocument.fileName) of network \(id): \(error)")
        }
    }

    /// Opens the file whose lock says who serves the network; made where it is missing.
    func openLock() throws(SystemError) -> Descriptor {
        try folder.open(NameServer.lockName, [.readWrite, .create, .append, .noFollow], mode: 0o644)
    }

    /// Whether there is still such a network; reads what is new in network.json.
    func refreshDocument() -> Bool {
        guard let status = try? folder.status(of: NetworkDocument.fileName) else { return false }
        let time = FileTime(status)
        guard time != documentTime, let new = try? Self.readDocument(folder, id) else { return true }
        documentTime = time
        document = new
        names.suffix = DNSName(new.name)
        names.subnets = new.subnets.compactMap { Subnet($0) }
        return true
    }

    /// Whether a container is a member of it, be it there or not.
    func hasFile(of member: String) -> Bool { files[member] != nil }

    /// Reads what has changed among the members.
    ///
    /// - Returns: false where the directory itself is gone.
    @discardableResult
    func refresh(_ queue: borrowing EventQueue, force: Bool = false) throws(SystemError) -> Bool {
        let tick = WallClock.lastTick()
        let status = try members.status()
        let time = FileTime(status)
        if isSettled, time == modified, !force { return true }
        isSettled = false
        (isUnwatched, isUnread) = (false, false)
        guard status.links > 0 else {
            for id in files.keys { forget(id) }
            return false
        }
        var found: [String: UInt64] = [:]
        found.reserveCapacity(files.count)
        for (name, inode) in try members.entries() where found.count < Self.mostMembers {
            if let id = NetworkMember.id(ofFile: name) { found[id] = inode }
        }
        for id in files.keys where found[id] == nil { forget(id) }
        for (id, inode) in found {
            if inodesAreUnique, let known = files[id], known.isSettled, known.inode == inode { continue }
            read(id, tick, queue)
        }
        modified = time
        isSettled = time.isSettled(tick) && !isUnread
        return true
    }

    private func read(_ id: String, _ tick: Int64, _ queue: borrowing EventQueue) {
        let name = NetworkMember.file(id)
        guard let status = try? members.status(of: name), status.kind == .regular else { return forget(id) }
        let time = FileTime(status)
        if let known = files[id], known.isSettled, known.inode == status.inode, known.modified == time { return }
        forget(id)
        var file = MemberFile(inode: status.inode, modified: time, isSettled: time.isSettled(tick))
        defer { files[id] = file }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try members.open(name, [.read, .noFollow]).readToEnd(limit: NetworkMember.longestFile)
        } catch {
            // For want of descriptors, say; one that has just gone has changed the directory's time.
            file.isSettled = false
            isUnread = true
            return
        }
        guard let member = try? NetworkMember(parsing: bytes), member.id == id else { return }
        switch watch.find(member.monitor, queue) {
        case .gone: return
        case .unwatched:
            file.isSettled = false
            isUnwatched = true
        case .watched(let monitor):
            file.monitor = monitor
            monitors[monitor.serial] = id
        }
        names.set(NetworkNames.Member(member))
    }

    private func forget(_ id: String) {
        names.remove(id)
        if let monitor = files.removeValue(forKey: id)?.monitor { monitors[monitor.serial] = nil }
    }

    /// Takes note that a monitor has ended. - Returns: false where it is none of this network.
    func monitorEnded(_ serial: UInt32) -> Bool {
        guard let id = monitors.removeValue(forKey: serial) else { return false }
        names.remove(id)
        files[id]?.monitor = nil
        return true
    }
}

/// When a file was changed.
struct FileTime: Equatable {
    /// Since 1970.
    var nanoseconds: Int64

    /// Whether a change from now on is sure to have another time, where `tick` is the kernel's last. So it is also with times
    /// far ahead: the clock was put back since.
    func isSettled(_ tick: Int64) -> Bool { nanoseconds < tick || nanoseconds > tick + 1_000_000_000 }

    init(_ status: FileStatus) { nanoseconds = status.modified.seconds &* 1_000_000_000 &+ status.modified.nanoseconds }
}

/// The other networks of the host, of which those are read that have a member in common with the one that is served.
final class OtherNetworks {
    private let networks: Descriptor
    private let own: String
    private let watch: MonitorWatch
    private var modified: FileTime?
    private var isSettled = false
    private var ids: [String] = []
    private var folders: [String: NetworkFolder] = [:]

    init(in networks: consuming Descriptor, except own: String, _ watch: MonitorWatch) {
        self.watch = watch
        self.networks = networks
        self.own = own
    }

    /// The networks that a container is also in, in the order of their ids.
    func of(_ member: String, _ queue: borrowing EventQueue) -> [NetworkFolder] {
        refresh()
        var found: [NetworkFolder] = []
        for id in ids {
            guard let folder = folders[id] ?? open(id, member) else { continue }
            guard (try? folder.refresh(queue)) == true else {
                folders[id] = nil
                continue
            }
            if folder.hasFile(of: member) { found.append(folder) }
        }
        return found
    }

    private func refresh() {
        let tick = WallClock.lastTick()
        guard let status = try? networks.status() else { return }
        let time = FileTime(status)
        if isSettled, time == modified { return }
        guard let names = try? networks.list() else { return }
        ids = names.filter { $0 != own }.sorted()
        let there = Set(ids)
        for id in folders.keys where !there.contains(id) { folders[id] = nil }
        modified = time
        isSettled = time.isSettled(tick)
    }

    private func open(_ id: String, _ member: String) -> NetworkFolder? {
        guard (try? networks.status(of: "\(id)/members/\(NetworkMember.file(member))")) != nil else { return nil }
        let folder = try? NetworkFolder(id, in: networks, watch)
        folders[id] = folder
        return folder
    }

    /// Reads network.json of those that are followed again.
    func refreshDocuments() {
        for (id, folder) in folders where !folder.refreshDocument() { folders[id] = nil }
    }

    func monitorEnded(_ serial: UInt32) { _ = folders.values.contains { $0.monitorEnded(serial) } }
}
