internal import Engine
internal import JSON
internal import Linux
internal import OCI
internal import Runtime

/// All there is to say of a container, in docker's words; what docker has no word for stands under `Hako`.
struct ContainerDescription {
    let record: ContainerRecord
    let engine: Engine
    private let settings: ContainerSettings
    private let status: ContainerStatus
    private let spec: Spec?
    private let bundle: String

    init(_ record: ContainerRecord, _ engine: Engine) throws(EngineError) {
        self.record = record
        self.engine = engine
        settings = try Engine.settings(record)
        status = try engine.status(record.id)
        bundle = engine.locations.bundle(record.id)
        spec = try? engine.spec(of: record)
    }

    func json() -> JSONValue {
        let process = spec?.process
        return [
            "Id": .string(record.id), "Created": .string(record.createdText),
            "Path": JSONValue(record.command.first), "Args": JSONValue(Array(record.command.dropFirst())), "State": state,
            "Image": JSONValue(record.imageID.map { "sha256:\($0)" } ?? record.image), "ImageName": .string(record.image),
            "ResolvConfPath": JSONValue(source(of: "/etc/resolv.conf")), "HostnamePath": JSONValue(source(of: "/etc/hostname")),
            "HostsPath": JSONValue(source(of: "/etc/hosts")),
            "LogPath": JSONValue((settings.log ?? LogRequest()).form == nil ? "" : "\(bundle)/container.log"),
            "Name": .string(record.name),
            "RestartCount": JSONValue(whole: ContainerStatus.restarts(record.id, in: engine.locations)?.count ?? 0),
            "Driver": "overlay", "Platform": "linux", "MountLabel": JSONValue(spec?.linux?.mountLabel ?? ""),
            "ProcessLabel": JSONValue(process?.selinuxLabel ?? ""), "AppArmorProfile": JSONValue(process?.apparmorProfile ?? ""),
            "HostConfig": hostConfig, "GraphDriver": ["Name": "overlay", "Data": layers], "Mounts": mounts, "Config": config,
            "NetworkSettings": NetworkSettings(record, engine, pid: pid).json,
            "Hako": hako,
        ]
    }

    // MARK: State

    private var pid: Int32 { status.pid ?? 0 }

    private var state: JSONValue {
        var (exit, since): (ExitRecord?, String?) = (nil, nil)
        var (isPaused, isRestarting) = (false, false)
        switch status {
        case .created: break
        case .running(_, let start): since = start
        case .paused(_, let start): (since, isPaused) = (start, true)
        case .exited(let record): (exit, since) = (record, record?.startedAt)
        case .restarting(_, let record): (exit, since, isRestarting) = (record, record?.startedAt, true)
        }
        let checkpoint = CheckpointRecord.read(CheckpointRecord.directory(bundle))
        let isCheckpointed = exit?.checkpointed == true && checkpoint != nil
        let isRestored = status.pid != nil && engine.isRestored(record.id)
        return [
            "Status": .string(status.name), "Running": .bool(status.isLive), "Paused": .bool(isPaused),
            "Restarting": .bool(isRestarting), "OOMKilled": .bool(exit?.outOfMemory ?? false), "Dead": .bool(false),
            "Pid": JSONValue(whole: pid), "ExitCode": exitCode(exit), "Error": JSONValue(exit?.error ?? ""),
            "StartedAt": JSONValue(since ?? Self.never), "FinishedAt": JSONValue(exit?.finishedAt ?? Self.never),
            "Checkpointed": .bool(isCheckpointed),
            "CheckpointedAt": JSONValue(isCheckpointed ? checkpoint?.created ?? Self.never : Self.never),
            "CheckpointPath": JSONValue(checkpoint == nil ? "" : CheckpointRecord.directory(bundle)),
            "Restored": .bool(isRestored), "RestoredAt": JSONValue(isRestored ? since ?? Self.never : Self.never),
            "Health": health,
        ]
    }

    /// docker's word for a time that has not come.
    private static let never = "0001-01-01T00:00:00Z"

    /// Null where a monitor was killed before it could tell.
    private func exitCode(_ exit: ExitRecord?) -> JSONValue {
        if case .exited(nil) = status { return .null }
        return JSONValue(whole: exit?.exitCode ?? 0)
    }

    private var health: JSONValue {
        guard settings.health != nil else { return .null }
        guard let record = ContainerStatus.health(record.id, in: engine.locations) else { return ["Status": "starting"] }
        return [
            "Status": .string(record.status), "FailingStreak": JSONValue(whole: record.failingStreak),
            "Log": .array(
                record.log.map { check in
                    [
                        "Start": .string(check.start), "End": .string(check.end), "ExitCode": JSONValue(whole: check.exitCode),
                        "Output": .string(check.output),
                    ]
                }),
        ]
    }

    // MARK: Configuration

    private var config: JSONValue {
        let process = spec?.process
        let entrypoint = settings.entrypoint ?? []
        return [
            "Hostname": JSONValue(spec?.hostname ?? ""), "Domainname": JSONValue(spec?.domainname ?? ""),
            "User": .string(process?.user.map { $0.gid == 0 ? "\($0.uid)" : "\($0.uid):\($0.gid)" } ?? ""),
            "AttachStdin": .bool(settings.interactive), "Tty": .bool(settings.terminal), "OpenStdin": .bool(settings.interactive),
            "Env": JSONValue(process?.env ?? []), "Cmd": JSONValue(Array(record.command.dropFirst(entrypoint.count))),
            "Entrypoint": entrypoint.isEmpty ? .null : JSONValue(entrypoint), "Image": .string(record.image),
            "WorkingDir": JSONValue(process?.cwd ?? ""), "Labels": Self.object(settings.labels),
            "StopSignal": .string(settings.stopSignal.map(Signals.text) ?? "SIGTERM"),
            "StopTimeout": JSONValue(whole: settings.stopTimeout ?? 10), "Healthcheck": healthcheck,
        ]
    }

    private var healthcheck: JSONValue {
        guard let check = settings.health else { return .null }
        return [
            "Test": JSONValue(check.probe.map { ["PROBE", $0.text] } ?? ["CMD"] + check.command),
            "Interval": .integer(check.interval), "Timeout": .integer(check.timeout),
            "StartPeriod": .integer(check.startPeriod), "StartInterval": .integer(check.startInterval),
            "Retries": JSONValue(whole: check.retries), "OnFailure": .string(check.onFailure),
        ]
    }

    private var hostConfig: JSONValue {
        let linux = spec?.linux
        let resources = linux?.resources
        let network = NetworkSettings(record, engine, pid: pid)
        let log = settings.log ?? LogRequest()
        let restart = settings.restart ?? RestartPolicy()
        let cpu = resources?.cpu
        let nanoCPUs = (cpu?.quota).flatMap { quota in (cpu?.period).map { quota * 1_000_000_000 / Int64(max($0, 1)) } }
        return [
            "Binds": JSONValue(binds), "AutoRemove": .bool(record.removes),
            "LogConfig": [
                "Type": .string(log.driver),
                "Config": log.form == nil
                    ? [:] : ["max-size": .string("\(log.maxSize)"), "max-file": .string("\(log.maxFiles)")],
            ],
            "NetworkMode": mode(.network, own: network.mode ?? "none"), "PortBindings": network.bindings,
            "PidMode": mode(.pid), "IpcMode": mode(.ipc), "UTSMode": mode(.uts),
            "UsernsMode": mode(.user), "CgroupnsMode": mode(.cgroup),
            "RestartPolicy": ["Name": .string(restart.name), "MaximumRetryCount": JSONValue(whole: restart.maximumRetryCount)],
            "CapAdd": JSONValue(spec?.process?.capabilities?.bounding ?? []), "Privileged": .bool(settings.privileged),
            "ReadonlyRootfs": .bool(spec?.root?.readonly ?? false), "Init": .bool(settings.reaper),
            "Memory": .integer(resources?.memory?.limit ?? 0), "MemorySwap": .integer(resources?.memory?.swap ?? 0),
            "MemoryReservation": .integer(resources?.memory?.reservation ?? 0), "NanoCpus": .integer(nanoCPUs ?? 0),
            "CpuShares": JSONValue(whole: cpu?.shares ?? 0), "CpuQuota": .integer(cpu?.quota ?? 0),
            "CpuPeriod": JSONValue(whole: cpu?.period ?? 0), "CpusetCpus": JSONValue(cpu?.cpus ?? ""),
            "CpusetMems": JSONValue(cpu?.mems ?? ""), "PidsLimit": .integer(resources?.pids?.limit ?? 0),
            "CgroupParent": JSONValue(linux?.cgroupsPath.map { String($0[..<($0.lastIndex(of: "/") ?? $0.startIndex)]) } ?? ""),
            "OomScoreAdj": JSONValue(whole: spec?.process?.oomScoreAdj ?? 0), "Runtime": "hako-runtime",
        ]
    }

    /// `host`, the path of the namespace that is joined, the container that it is shared with, or empty for one of its own.
    private func mode(_ kind: Namespace.Kind, own: String = "") -> JSONValue {
        guard let namespace = spec?.linux?.namespaces?.first(where: { $0.type == kind }) else { return "host" }
        return .string(namespace.path.map { $0.hasPrefix(SharedNamespaces.prefix) ? $0 : "ns:\($0)" } ?? own)
    }

    private static func object(_ map: [String: String]?) -> JSONValue {
        JSONValue(dictionary: map ?? [:]) { .string($0) }
    }

    // MARK: Files

    private func source(of destination: String) -> String? { spec?.mounts?.first { $0.destination == destination }?.source }

    /// What the user mounted: neither the usual file systems nor hako's own files.
    private var userMounts: [Mount] {
        (spec?.mounts ?? []).filter { mount in
            guard mount.destination != "/", let source = mount.source, source.hasPrefix("/") else { return false }
            return !source.hasPrefix("\(bundle)/") && !mount.destination.hasPrefix("/dev/")
        }
    }

    private var binds: [String] {
        userMounts.map { "\($0.source ?? ""):\($0.destination)" + ($0.options?.contains("ro") == true ? ":ro" : "") }
    }

    private var mounts: JSONValue {
        let volumes = "\(engine.locations.root)/volumes/"
        return .array(
            userMounts.map { mount in
                let source = mount.source ?? ""
                let volume = source.hasPrefix(volumes) ? source.dropFirst(volumes.count).prefix { $0 != "/" } : ""
                let isReadOnly = mount.options?.contains("ro") == true
                return [
                    "Type": volume.isEmpty ? "bind" : "volume", "Name": .string(String(volume)), "Source": .string(source),
                    "Destination": .string(mount.destination), "Mode": JSONValue((mount.options ?? []).joined(separator: ",")),
                    "RW": .bool(!isReadOnly),
                    "Propagation": JSONValue(mount.options?.first { $0.hasSuffix("private") || $0.hasSuffix("shared") } ?? ""),
                ]
            })
    }

    private var layers: JSONValue {
        let layers = try? engine.layers(record, needsUpper: false)
        return [
            "UpperDir": JSONValue(layers?.upper), "WorkDir": JSONValue(layers?.upper == nil ? nil : "\(bundle)/work"),
            "LowerDir": JSONValue((layers?.lowers ?? []).joined(separator: ":")),
        ]
    }

    private var hako: JSONValue {
        [
            "Bundle": .string(bundle), "OCIConfigPath": .string(engine.locations.configuration(record.id)),
            "StateDir": .string(engine.locations.state(record.id)), "Settings": settings.json,
            "UidMappings": .array((spec?.linux?.uidMappings ?? []).map(\.json)),
            "GidMappings": .array((spec?.linux?.gidMappings ?? []).map(\.json)),
        ]
    }
}
