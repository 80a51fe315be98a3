internal import Engine
internal import Flags
internal import JSON
internal import OCI

/// Shows how much of the disk hako uses.
struct SystemDisk: HakoCommand {
    static let name = "system df"
    static let summary = "Show how much of the disk images, containers and volumes use."
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("verbose", "v", help: "Each image, container and volume.") { $0.verbose = $1 },
                .value("format", of: "FORM", help: "table, json, or a template such as '{{.Type}} {{.Size}}'.") {
                    $0.format = $1
                },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var verbose = false
    var format: String?

    func run() throws -> Int32 {
        guard !verbose || format == nil || format == "json" else {
            throw EngineError("--verbose and --format contradict each other, but for --format json")
        }
        let engine = try globals.engine()
        let given = (verbose ? ["--verbose"] : []) + (format.map { ["--format", $0] } ?? [])
        if let code = try engine.again(["system", "df"] + given) { return code }
        let use = try SystemUse(engine)
        guard verbose else {
            let listing = Listing(rows: use.totals.map(json)) { table(use.totals) }
            Report.output(try listing.text(format))
            return 0
        }
        if format == "json" {
            Report.line(details(use).text(pretty: true))
        } else {
            Report.output(SystemDiskText(use: use, now: Clock.seconds()).text)
        }
        return 0
    }

    private func reclaimable(_ total: SystemUse.Total) -> String {
        let percent = total.size == 0 ? 0 : total.reclaimable * 100 / total.size
        return "\(ByteText.text(total.reclaimable)) (\(percent)%)"
    }

    private func json(_ total: SystemUse.Total) -> JSONValue {
        [
            "Type": .string(total.type), "Total": JSONValue(whole: total.count), "TotalCount": JSONValue(whole: total.count),
            "Active": JSONValue(whole: total.active), "Size": .string(ByteText.text(total.size)),
            "Reclaimable": .string(reclaimable(total)), "RawSize": .integer(total.size),
            "RawReclaimable": .integer(total.reclaimable),
        ]
    }

    private func table(_ totals: [SystemUse.Total]) -> String {
        var table = Table(["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"])
        for total in totals {
            table.add([total.type, "\(total.count)", "\(total.active)", ByteText.text(total.size), reclaimable(total)])
        }
        return table.text
    }

    private func details(_ use: SystemUse) -> JSONValue {
        [
            "Images": .array(
                use.images.map {
                    [
                        "ID": .string($0.record.id), "Names": JSONValue($0.record.names.map(\.name)), "Size": .integer($0.size),
                        "SharedSize": .integer($0.shared), "UniqueSize": .integer($0.size - $0.shared),
                        "Containers": JSONValue(whole: $0.containers),
                    ]
                }),
            "Containers": .array(
                use.containers.map {
                    [
                        "ID": .string($0.record.id), "Names": .string($0.record.name), "Image": .string($0.record.image),
                        "LocalVolumes": JSONValue(whole: $0.volumes), "Size": .integer($0.size), "State": .string($0.status.name),
                    ]
                }),
            "Volumes": .array(
                use.volumes.map {
                    ["Name": .string($0.name), "Links": JSONValue(whole: $0.users), "Size": .integer($0.size)]
                }),
        ]
    }
}

/// The long form, for people.
struct SystemDiskText {
    let use: SystemUse
    let now: Int64

    var text: String {
        "Images space usage:\n\n\(images)\nContainers space usage:\n\n\(containers)\nLocal Volumes space usage:\n\n\(volumes)"
    }

    private var images: String {
        var table = Table(["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS"])
        for image in use.images {
            let names = image.record.names.compactMap { try? ImageName($0.name) }
            for name in names.isEmpty ? [nil] : names.map(Optional.some) {
                table.add([
                    name?.familiar ?? "<none>", name?.tag ?? "<none>", image.record.shortID,
                    ImageTime.since(image.record.created, now),
                    ByteText.text(image.size), ByteText.text(image.shared), ByteText.text(image.size - image.shared),
                    "\(image.containers)",
                ])
            }
        }
        return table.text
    }

    private var containers: String {
        var table = Table(["CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES", "SIZE", "CREATED", "STATUS", "NAMES"])
        for container in use.containers {
            let record = container.record
            table.add([
                record.shortID, Table.cut(record.image, 40), "\"\(Table.cut(record.command.joined(separator: " "), 20))\"",
                "\(container.volumes)", ByteText.text(container.size), "\(Clock.text(seconds: now - record.created)) ago",
                StatusText.text(container.status, now: now), record.name,
            ])
        }
        return table.text
    }

    private var volumes: String {
        var table = Table(["VOLUME NAME", "LINKS", "SIZE"])
        for volume in use.volumes { table.add([volume.name, "\(volume.users)", ByteText.text(volume.size)]) }
        return table.text
    }
}
