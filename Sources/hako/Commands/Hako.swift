internal import Engine
internal import Flags
internal import Linux
internal import Runtime

/// All commands of `hako`.
let hako = Program<GlobalFlags>(
    name: "hako", summary: "Runs commands in containers.", version: "hako version \(RuntimeVersion.number)\n",
    commands: [
        .init(Run.self), .init(Create.self), .init(Start.self), .init(List.self), .init(Remove.self), .init(Stop.self),
        .init(Kill.self), .init(Wait.self), .init(Exec.self), .init(Attach.self), .init(Restart.self), .init(Pause.self),
        .init(Unpause.self), .init(Rename.self), .init(Update.self), .init(Events.self), .init(Logs.self),
        .init(Pull.self), .init(ImageList.self), .init(RemoveImage.self), .init(TagImage.self), .init(ImageHistory.self),
        .init(ImagePrune.self), .init(Load.self), .init(Save.self), .init(Push.self), .init(Search.self), .init(Login.self),
        .init(Logout.self), .init(Commit.self), .init(Import.self), .init(ImageTree.self), .init(ImageReferrers.self),
        .init(ManifestCreate.self), .init(ManifestAdd.self), .init(ManifestAnnotate.self), .init(ManifestInspect.self),
        .init(ManifestPush.self), .init(ManifestRemove.self), .init(ImageMountCommand.self), .init(ImageUnmountCommand.self),
        .init(SystemPrune.self), .init(SystemDisk.self), .init(SystemInfo.self), .init(SystemMigrate.self),
        .init(VolumeCreate.self), .init(VolumeList.self), .init(VolumeInspect.self), .init(VolumeRemove.self),
        .init(VolumePrune.self), .init(VolumeExport.self), .init(VolumeImport.self),
        .init(SecretCreate.self), .init(SecretList.self), .init(SecretInspect.self), .init(SecretRemove.self),
        .init(NetworkCreate.self), .init(NetworkList.self), .init(NetworkInspect.self), .init(NetworkRemove.self),
        .init(NetworkPrune.self), .init(NetworkConnect.self), .init(NetworkDisconnect.self), .init(NetworkReload.self),
        .init(NetworkExists.self), .init(NetworkSweep.self), .init(NetworkList.self, as: "network list"),
        .init(NetworkRemove.self, as: "network remove"),
        .init(Port.self), .init(Port.self, as: "container port"),
        .init(PodCreate.self), .init(PodStart.self), .init(PodStop.self), .init(PodRestart.self), .init(PodKill.self),
        .init(PodPause.self), .init(PodUnpause.self), .init(PodRemove.self), .init(PodList.self), .init(PodInspect.self),
        .init(PodPrune.self), .init(PodLogs.self), .init(PodExists.self),
        .init(KubePlay.self), .init(KubeDown.self), .init(KubeGenerate.self),
        .init(PodList.self, as: "pod ls"), .init(PodList.self, as: "pod list"),
        .init(ImageList.self, as: "image ls"), .init(ImageList.self, as: "image list"), .init(RemoveImage.self, as: "image rm"),
        .init(Pull.self, as: "image pull"), .init(Push.self, as: "image push"), .init(TagImage.self, as: "image tag"),
        .init(ImageHistory.self, as: "image history"), .init(Load.self, as: "image load"), .init(Save.self, as: "image save"),
        .init(Import.self, as: "image import"), .init(Inspect.self, as: "image inspect"),
        .init(List.self, as: "container ls"), .init(List.self, as: "container list"),
        .init(VolumeList.self, as: "volume list"), .init(VolumeRemove.self, as: "volume remove"),
        .init(SecretList.self, as: "secret list"), .init(SystemInfo.self, as: "system info"),
        .init(Events.self, as: "system events"),
        .init(Copy.self), .init(Copy.self, as: "container cp"), .init(Top.self), .init(Top.self, as: "container top"),
        .init(Stats.self), .init(Stats.self, as: "container stats"),
        .init(Diff.self), .init(Export.self), .init(Inspect.self), .init(SystemCheckCommand.self),
        .init(GenerateSystemd.self), .init(GenerateQuadlet.self), .init(GenerateMan.self), .init(CompletionCommand.self),
        .init(Checkpoint.self), .init(Restore.self), .init(Checkpoint.self, as: "container checkpoint"),
        .init(Restore.self, as: "container restore"), .init(Version.self),
        .init(Complete.self), .init(ContainerCleanup.self), .init(ContainerUnpack.self),
        .init(ContainerErase.self), .init(ContainerOwn.self), .init(ContainerFill.self),
        .init(ContainerSend.self), .init(ContainerReceive.self),
    ])

protocol HakoCommand: Command where Globals == GlobalFlags {}

/// Flags of every command.
struct GlobalFlags: FlagSet {
    var root: String?
    var state: String?
    var logLevel: String?

    static let flags: [Flag<Self>] = [
        .value("root", of: "DIR", help: "Where containers, layers and the database are kept (HAKO_ROOT).") { $0.root = $1 },
        .value("state", of: "DIR", help: "Where the state of what runs is kept (HAKO_STATE).") { $0.state = $1 },
        .value("log-level", of: "LEVEL", help: "How much hako says: debug, info, warn or error.") { $0.logLevel = $1 },
    ]

    func locations() throws(EngineError) -> Locations {
        if let logLevel {
            guard ["debug", "info", "warn", "error"].contains(logLevel) else {
                throw EngineError("--log-level \"\(logLevel)\": it is debug, info, warn or error")
            }
            unsafe Report.hidesWarnings = logLevel == "error"
            unsafe Report.showsDetails = logLevel == "debug"
        }
        return try Locations.choose(
            root: root, state: state, isRoot: Processes.userID == 0, userID: Processes.userID, directory: try currentDirectory(),
            variable: Environment.value)
    }

    func engine() throws(EngineError) -> Engine { try Engine(try locations()) }

    /// Those that a command has to be given again that runs once more in another namespace.
    var again: [String] { logLevel.map { ["--log-level", $0] } ?? [] }
}

/// What relative paths are relative to.
func currentDirectory() throws(EngineError) -> String {
    try attempt("find the working directory") { () throws(SystemError) in try Processes.workingDirectory() }
}

extension Sequence<String> {
    /// Does something for each, all of them, also after one that failed.
    ///
    /// - Parameter failure: the exit code of one that failed; nil: the error's own.
    /// - Returns: the last failure's exit code; zero where there was none.
    func tryEach(failure: Int32? = nil, _ body: (String) throws(EngineError) -> Void) -> Int32 {
        var code: Int32 = 0
        for word in self {
            do throws(EngineError) { try body(word) } catch {
                Report.error(error.message)
                code = failure ?? error.exitCode
            }
        }
        return code
    }

    /// Does something for each container named.
    func forEachContainer(_ engine: Engine, _ body: (ContainerRecord, String) throws(EngineError) -> Void) -> Int32 {
        tryEach { name throws(EngineError) in try body(try engine.find(name), name) }
    }
}
