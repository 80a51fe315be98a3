internal import JSON
internal import Linux
internal import OCI
internal import Runtime
internal import YAML

/// Describes containers and pods that are there as Kubernetes' objects.
package struct KubeGeneration {
    private let engine: Engine
    private var claims: [String] = []

    package init(_ engine: Engine) { self.engine = engine }

    /// - Parameter names: of pods, or of containers, which become one pod.
    /// - Returns: a stream of YAML documents.
    package mutating func text(_ names: [String]) throws(EngineError) -> String {
        var documents: [JSONValue] = []
        var single: [ContainerRecord] = []
        for name in names {
            guard let pod = try engine.podIfThere(name) else {
                let record = try engine.find(name)
                guard try Engine.settings(record).podID == nil else {
                    throw EngineError("container \(record.name) is in a pod; generate that one")
                }
                single.append(record)
                continue
            }
            documents.append(try document(pod.name, pod.document.labels ?? [:], try engine.members(of: pod), infra: pod))
        }
        if let first = single.first {
            let name = Self.plain(first.name)
            documents.append(try document("\(name)-pod", ["app": "\(name)-pod"], single, infra: nil))
        }
        let volumes: [JSONValue] = claims.sorted().map { name in
            [
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": .string(name)],
                "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
            ]
        }
        return (volumes + documents).map { "---\n" + YAMLWriter.text($0) }.joined()
    }

    /// Kubernetes' names have no `_`.
    private static func plain(_ name: String) -> String { name.replacing("_", with: "-").lowercased() }

    private mutating func document(
        _ name: String, _ labels: [String: String], _ records: [ContainerRecord], infra: Pod?
    ) throws(EngineError) -> JSONValue {
        guard !records.isEmpty else { throw EngineError("pod \(name) has no containers") }
        var volumes: [(name: String, source: JSONValue)] = []
        var containers: [JSONValue] = []
        for record in records { containers.append(try container(record, pod: infra, &volumes)) }
        var spec = JSONObject()
        spec.append("containers", .array(containers))
        if let infra {
            let host = try engine.spec(of: infra.infra)
            if let hostname = host.hostname, hostname != name { spec.append("hostname", .string(hostname)) }
            if !Self.has(.network, host) { spec.append("hostNetwork", true) }
            if infra.document.share.contains("pid") { spec.append("shareProcessNamespace", true) }
        } else if !Self.has(.network, try engine.spec(of: records[0])) {
            spec.append("hostNetwork", true)
        }
        let policy = try Engine.settings(records[0]).restart?.kind ?? .no
        spec.append("restartPolicy", policy == .no ? "Never" : policy == .onFailure ? "OnFailure" : "Always")
        if !volumes.isEmpty {
            spec.append(
                "volumes",
                .array(
                    volumes.map { volume in
                        guard case .object(let source) = volume.source else { return .null }
                        return .object(JSONObject([.init(key: "name", value: .string(volume.name))] + source.members))
                    }))
        }
        var metadata = JSONObject([.init(key: "name", value: .string(Self.plain(name)))])
        if !labels.isEmpty { metadata.append("labels", JSONValue(dictionary: labels) { .string($0) }) }
        return ["apiVersion": "v1", "kind": "Pod", "metadata": .object(metadata), "spec": .object(spec)]
    }

    private static func has(_ kind: Namespace.Kind, _ spec: Spec) -> Bool {
        spec.linux?.namespaces?.contains { $0.type == kind } ?? false
    }

    // MARK: Containers

    private mutating func container(
        _ record: ContainerRecord, pod: Pod?, _ volumes: inout [(name: String, source: JSONValue)]
    ) throws(EngineError) -> JSONValue {
        let settings = try Engine.settings(record)
        let spec = try engine.spec(of: record)
        if spec.mounts?.contains(where: { $0.type == SecretPlan.fileType || $0.type == SecretPlan.variableType }) == true {
            throw EngineError("container \(record.name) has secrets, which are written to no file; generate it without them")
        }
        var object = JSONObject()
        let prefix = pod.map { "\($0.name)-" } ?? ""
        let name = record.name.hasPrefix(prefix) ? String(record.name.dropFirst(prefix.count)) : record.name
        object.append("name", .string(Self.plain(name)))
        object.append("image", .string(record.image))
        let entrypoint = settings.entrypoint ?? []
        let arguments = Array(record.command.dropFirst(entrypoint.count))
        if !entrypoint.isEmpty { object.append("command", JSONValue(entrypoint)) }
        if !arguments.isEmpty { object.append("args", JSONValue(arguments)) }
        let variables = (spec.process?.env ?? []).filter {
            !["HOSTNAME", "container", "HOME", "TERM"].contains(EnvironmentFlag.name($0)) && $0 != "PATH=\(SpecBuilder.path)"
        }
        if !variables.isEmpty {
            object.append(
                "env",
                .array(
                    variables.map { entry in
                        let key = EnvironmentFlag.name(entry)
                        return ["name": .string(String(key)), "value": .string(String(entry.dropFirst(key.count + 1)))]
                    }))
        }
        if let directory = spec.process?.cwd, directory != "/" { object.append("workingDir", .string(directory)) }
        if settings.interactive { object.append("stdin", true) }
        if settings.terminal { object.append("tty", true) }
        if let limits = Self.limits(spec) { object.append("resources", ["limits": .object(limits)]) }
        if let security = Self.security(spec, settings) { object.append("securityContext", .object(security)) }
        if let check = settings.health {
            if !check.command.isEmpty || check.probe != nil { object.append("livenessProbe", Self.probe(check)) }
            if let startup = check.startup { object.append("startupProbe", Self.probe(startup)) }
        }
        let mounts = try mounts(settings, spec, &volumes)
        if !mounts.isEmpty { object.append("volumeMounts", .array(mounts)) }
        return .object(object)
    }

    private static func limits(_ spec: Spec) -> JSONObject? {
        var limits = JSONObject()
        let resources = spec.linux?.resources
        if let memory = resources?.memory?.limit, memory > 0 { limits.append("memory", .string("\(memory)")) }
        if let quota = resources?.cpu?.quota, let period = resources?.cpu?.period, quota > 0, period > 0 {
            limits.append("cpu", .string("\(quota * 1000 / Int64(period))m"))
        }
        return limits.isEmpty ? nil : limits
    }

    private static func security(_ spec: Spec, _ settings: ContainerSettings) -> JSONObject? {
        var security = JSONObject()
        if let user = spec.process?.user, user.uid != 0 || user.gid != 0 {
            security.append("runAsUser", JSONValue(whole: user.uid))
            security.append("runAsGroup", JSONValue(whole: user.gid))
        }
        if settings.privileged {
            security.append("privileged", true)
        } else {
            let granted = spec.process?.capabilities?.bounding ?? []
            let usual = SecurityDefaults.capabilities
            func short(_ names: [String]) -> JSONValue { JSONValue(names.map { String($0.dropFirst("CAP_".count)) }) }
            let (added, dropped) = (granted.filter { !usual.contains($0) }, usual.filter { !granted.contains($0) })
            var changes = JSONObject()
            if !added.isEmpty { changes.append("add", short(added)) }
            if !dropped.isEmpty { changes.append("drop", short(dropped)) }
            if !changes.isEmpty { security.append("capabilities", .object(changes)) }
        }
        if spec.root?.readonly == true { security.append("readOnlyRootFilesystem", true) }
        if spec.process?.noNewPrivileges == true { security.append("allowPrivilegeEscalation", false) }
        return security.isEmpty ? nil : security
    }

    private static func seconds(_ nanoseconds: Int64) -> JSONValue {
        .integer(max(1, (nanoseconds + 999_999_999) / 1_000_000_000))
    }

    private static func probe(_ check: HealthCheck) -> JSONValue {
        probe(
            check.command, check.probe,
            [
                "periodSeconds": seconds(check.interval), "timeoutSeconds": seconds(check.timeout),
                "failureThreshold": JSONValue(whole: check.retries),
                "initialDelaySeconds": .integer(check.startPeriod / 1_000_000_000),
            ])
    }

    private static func probe(_ check: HealthCheck.Startup) -> JSONValue {
        probe(
            check.command ?? [], check.probe,
            [
                "periodSeconds": seconds(check.interval), "timeoutSeconds": seconds(check.timeout),
                "failureThreshold": JSONValue(whole: check.retries),
                "initialDelaySeconds": .integer(check.delay / 1_000_000_000),
            ])
    }

    private static func probe(_ command: [String], _ probe: NetworkProbe?, _ times: JSONValue) -> JSONValue {
        var object = JSONObject()
        if let probe {
            var question = JSONObject([.init(key: "port", value: JSONValue(whole: probe.port))])
            if let host = probe.host { question.append("host", .string(host)) }
            if let path = probe.path { question.append("path", .string(path)) }
            if let headers = probe.headers { question.append("httpHeaders", .array(headers.map(\.json))) }
            object.append(probe.path == nil ? "tcpSocket" : "httpGet", .object(question))
        } else {
            object.append("exec", ["command": JSONValue(command)])
        }
        if case .object(let times) = times { for member in times.members { object.append(member.key, member.value) } }
        return .object(object)
    }

    // MARK: Volumes

    private mutating func mounts(
        _ settings: ContainerSettings, _ spec: Spec, _ volumes: inout [(name: String, source: JSONValue)]
    ) throws(EngineError) -> [JSONValue] {
        var mounts: [JSONValue] = []
        func add(_ source: JSONValue, _ destination: String, readOnly: Bool, _ subPath: String? = nil) {
            let name = volumes.first { $0.source == source && source != ["emptyDir": [:]] }?.name ?? "volume-\(volumes.count)"
            if !volumes.contains(where: { $0.name == name }) { volumes.append((name, source)) }
            var mount = JSONObject([
                .init(key: "name", value: .string(name)), .init(key: "mountPath", value: .string(destination)),
            ])
            if readOnly { mount.append("readOnly", true) }
            if let subPath { mount.append("subPath", .string(subPath)) }
            mounts.append(.object(mount))
        }
        for mount in settings.mounts ?? [] {
            let readOnly = mount.readOnly == true
            if mount.type == "bind" {
                add(["hostPath": ["path": .string(mount.source)]], mount.destination, readOnly: readOnly, mount.subPath)
            } else if mount.anonymous == true {
                add(["emptyDir": [:]], mount.destination, readOnly: readOnly, mount.subPath)
            } else {
                if !claims.contains(mount.source) { claims.append(mount.source) }
                add(
                    ["persistentVolumeClaim": ["claimName": .string(mount.source)]], mount.destination, readOnly: readOnly,
                    mount.subPath)
            }
        }
        let own = ["/dev", "/dev/shm", SecretPlan.directory]
        for mount in spec.mounts ?? [] where mount.type == "tmpfs" && !own.contains(mount.destination) {
            add(["emptyDir": ["medium": "Memory"]], mount.destination, readOnly: mount.options?.contains("ro") == true)
        }
        return mounts
    }
}
