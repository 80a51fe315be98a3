internal import Engine
internal import JSON
internal import Linux
internal import OCI

/// From text to values; each says what is wrong with it in one line.
extension RunFlags {
    /// - Parameter words: what stands after the flags: the image or root file system, and the command.
    func options(_ words: [String]) throws(EngineError) -> RunOptions {
        let directory = try currentDirectory()
        var options = RunOptions(
            root: try RootSource.parse(words[0], isRootfs: process.rootfs, directory: directory) { path in
                (try? File.status(path)).map(\.isDirectory)
            })
        options.command = Array(words.dropFirst())
        try process.apply(to: &options)
        try life.apply(to: &options)
        try network.apply(to: &options)
        try isolation.apply(to: &options, directory)
        try files.apply(to: &options, directory)
        try limits.apply(to: &options)
        return options
    }
}

extension ProcessFlags {
    fileprivate func apply(to options: inout RunOptions) throws(EngineError) {
        options.interactive = interactive
        options.terminal = tty
        options.detach = detach
        options.remove = remove
        options.reaper = reaper
        options.name = try name.map { name throws(EngineError) in try ContainerName.check(name) }
        options.entrypoint = try entrypoint.map(Self.entrypoint)
        options.environment = try Self.environment(files: envFile, env)
        options.user = try user.map { user throws(EngineError) in try UserRequest.parse(user) }
        options.groups = try groupAdd.map { group throws(EngineError) in try .parse(group, flag: "--group-add", value: group) }
        options.workingDirectory = workdir
        options.umask = try umask.map { mask throws(EngineError) in try Numbers.octal(mask, flag: "--umask", most: 0o777) }
        options.timezone = timezone
        for path in labelFile {
            let lines = try Self.text(path, "--label-file").split(separator: "\n").filter { !$0.hasPrefix("#") }
            options.labels.merge(try Numbers.pairs(lines.map(String.init), flag: "--label-file")) { $1 }
        }
        options.labels.merge(try Numbers.pairs(label, flag: "--label")) { $1 }
        options.annotations.merge(try Numbers.pairs(annotation, flag: "--annotation")) { $1 }
        options.stopSignal = try stopSignal.map { signal throws(EngineError) in try signalNumber(signal, "--stop-signal") }
        options.stopTimeout = try stopTimeout.map { seconds throws(EngineError) in
            Int(try Numbers.integer(seconds, flag: "--stop-timeout", in: -1...2_000_000, what: "a number of seconds"))
        }
    }

    /// Variables of `--env-file`, then those of `--env`.
    static func environment(files: [String], _ texts: [String]) throws(EngineError) -> [String] {
        var variables: [String] = []
        for path in files {
            variables += try EnvironmentFlag.parseFile(try text(path, "--env-file"), path: path, host: Environment.value)
        }
        for text in texts {
            if let variable = try EnvironmentFlag.parse(text, host: Environment.value) { variables.append(variable) }
        }
        return variables
    }

    /// A word, or a JSON array of words; an empty word takes the image's away.
    private static func entrypoint(_ text: String) throws(EngineError) -> [String] {
        if text.hasPrefix("[") {
            guard let words = try? JSONValue(parsing: Array(text.utf8)).list({ (word) throws(JSONError) in try word.string })
            else {
                throw EngineError("--entrypoint \"\(text)\": not a JSON array of words")
            }
            return words
        }
        return text.isEmpty ? [] : [text]
    }

    private static func text(_ path: String, _ flag: String) throws(EngineError) -> String {
        let bytes = try attempt("read \(flag) \(path)") { () throws(SystemError) in try File.read(path, limit: 4 << 20) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw EngineError("\(flag) \(path): not a text file in UTF-8")
        }
        return text
    }
}

/// The number of a signal given by number or name.
func signalNumber(_ text: String, _ flag: String) throws(EngineError) -> Int32 {
    guard let number = Signals.number(of: text) else {
        throw EngineError("\(flag) \"\(text)\": there is no such signal; give a name such as TERM, or a number from 1 to 64")
    }
    return number
}

extension IsolationFlags {
    fileprivate func apply(to options: inout RunOptions, _ directory: String) throws(EngineError) {
        if let pid { options.pid = try NamespaceMode.parse(pid, flag: "--pid") }
        if let ipc { options.ipc = try NamespaceMode.parse(ipc, flag: "--ipc") }
        if let uts { options.uts = try NamespaceMode.parse(uts, flag: "--uts") }
        if let cgroupns { options.cgroup = try NamespaceMode.parse(cgroupns, flag: "--cgroupns") }
        if let time { options.time = try TimeRequest.parse(time) }
        options.users = try users
        options.hostname = try hostname.map { name throws(EngineError) in try ContainerName.checkHost(name, flag: "--hostname") }
        options.domainname = try domainname.map { name throws(EngineError) in
            try ContainerName.checkHost(name, flag: "--domainname")
        }
        for text in capAdd { options.capabilitiesAdded += try CapabilityFlag.parse(text, flag: "--cap-add") }
        for text in capDrop { options.capabilitiesDropped += try CapabilityFlag.parse(text, flag: "--cap-drop") }
        for text in securityOpt { try options.security.apply(text, directory: directory) }
        options.privileged = privileged
        options.readOnly = readOnly
        options.sysctls.merge(try Numbers.pairs(sysctl, flag: "--sysctl")) { $1 }
    }

    /// Makes it a member of `--pod`; what its own flags say of a namespace stays. What they say of the network of a new
    /// pod is the pod's.
    ///
    /// - Parameter network: whether the network is said otherwise.
    func joinPod(_ options: inout RunOptions, _ engine: Engine, network: Bool) throws(EngineError) {
        guard let pod else { return }
        let isNew = pod.hasPrefix("new:")
        let found: Pod
        if isNew {
            var request = PodRequest()
            request.name = try ContainerName.check(String(pod.dropFirst(4)))
            swap(&request.network, &options.network)
            swap(&request.networking, &options.networking)
            found = try PodCreation(engine, request).run()
        } else {
            found = try engine.pod(pod)
        }
        let given = [("network", network && !isNew ? "" : nil), ("pid", pid), ("ipc", ipc), ("uts", uts)]
        options.join(found, except: Set(given.filter { $0.1 != nil }.map(\.0)))
    }

    private var users: UserNamespaceMode? {
        get throws(EngineError) {
            guard !uidmap.isEmpty || !gidmap.isEmpty else {
                return try userns.map { mode throws(EngineError) in try UserNamespaceMode.parse(mode) }
            }
            if let userns, userns != "private" {
                throw EngineError("--userns \(userns) and --uidmap or --gidmap contradict each other; give one of them")
            }
            let uids = try uidmap.map { map throws(EngineError) in try UserNamespaceMode.parseMap(map, flag: "--uidmap") }
            let gids = try gidmap.map { map throws(EngineError) in try UserNamespaceMode.parseMap(map, flag: "--gidmap") }
            try UserNamespaceMode.check(uids, flag: "--uidmap")
            try UserNamespaceMode.check(gids, flag: "--gidmap")
            // One of them alone stands for both.
            return .maps(uids: uids.isEmpty ? gids : uids, gids: gids.isEmpty ? uids : gids)
        }
    }
}

extension FileFlags {
    fileprivate func apply(to options: inout RunOptions, _ directory: String) throws(EngineError) {
        for text in volume { options.mounts.append(try VolumeFlag.parse(text, directory: directory)) }
        for text in mount { options.mounts.append(try MountFlag.parse(text, directory: directory)) }
        for text in volumesFrom { options.volumesFrom.append(try VolumesFromFlag(text)) }
        for text in secret { options.secrets.append(try SecretFlag(text)) }
        for text in tmpfs { options.mounts.append(try TmpfsFlag.parse(text)) }
        for text in device { options.devices.append(try DeviceRequest.parse(text)) }
        for text in deviceCgroupRule { options.resources.deviceRules.append(try DeviceRuleFlag.parse(text)) }
        options.shmSize = try shmSize.map { size throws(EngineError) in try ByteSize.parse(size, flag: "--shm-size") }
    }
}

extension LimitFlags {
    func apply(to options: inout RunOptions) throws(EngineError) {
        var limits = options.resources
        func size(_ text: String?, _ flag: String) throws(EngineError) -> Int64? {
            guard let text else { return nil }
            return try ByteSize.parse(text, flag: flag)
        }
        func number(_ text: String?, _ flag: String, _ range: ClosedRange<Int64>) throws(EngineError) -> Int64? {
            guard let text else { return nil }
            return try Numbers.integer(text, flag: flag, in: range)
        }
        func rates(_ texts: [String], _ flag: String, _ unit: DeviceRate.Unit) throws(EngineError) -> [DeviceRate] {
            try texts.map { text throws(EngineError) in try DeviceRate.parse(text, flag: flag, unit: unit) }
        }
        limits.memory = try size(memory, "--memory")
        limits.memorySwap = memorySwap == "-1" ? -1 : try size(memorySwap, "--memory-swap")
        limits.memoryReservation = try size(memoryReservation, "--memory-reservation")
        limits.swappiness = try number(memorySwappiness, "--memory-swappiness", 0...100)
        limits.oomKillDisabled = oomKillDisable
        limits.cpuPeriod = try number(cpuPeriod, "--cpu-period", 1000...1_000_000)
        limits.cpuQuota = try number(cpuQuota, "--cpu-quota", 1000...Int64.max)
        if let cpus {
            guard limits.cpuPeriod == nil, limits.cpuQuota == nil else {
                throw EngineError("--cpus contradicts --cpu-period and --cpu-quota; give one or the others")
            }
            limits.cpuQuota = try Numbers.cpuQuota(cpus)
            limits.cpuPeriod = 100_000
        }
        limits.cpuShares = try number(cpuShares, "--cpu-shares", 2...262_144)
        limits.cpus = try cpusetCpus.map { list throws(EngineError) in try Numbers.cpuList(list, flag: "--cpuset-cpus") }
        limits.memoryNodes = try cpusetMems.map { list throws(EngineError) in try Numbers.cpuList(list, flag: "--cpuset-mems") }
        limits.pids = try number(pidsLimit, "--pids-limit", -1...Int64.max)
        limits.blockWeight = try number(blkioWeight, "--blkio-weight", 10...1000)
        limits.blockWeights = try rates(blkioWeightDevice, "--blkio-weight-device", .weight)
        limits.readBytes = try rates(deviceReadBps, "--device-read-bps", .bytes)
        limits.writeBytes = try rates(deviceWriteBps, "--device-write-bps", .bytes)
        limits.readOperations = try rates(deviceReadIops, "--device-read-iops", .operations)
        limits.writeOperations = try rates(deviceWriteIops, "--device-write-iops", .operations)
        options.resources = limits
        options.oomScoreAdjustment = try number(oomScoreAdj, "--oom-score-adj", -1000...1000).map { Int($0) }
        options.cgroupParent = cgroupParent
        options.rlimits = try ulimit.map { text throws(EngineError) in try UlimitFlag.parse(text) }
    }
}
