internal import Engine
internal import Flags
internal import JSON
internal import Linux

/// Says all there is to say of containers, as JSON.
struct Inspect: HakoCommand {
    static let name = "inspect"
    static let summary = "Show all of a container or an image, as JSON."
    static let words = "CONTAINER|IMAGE..."
    static let wordCount = 1...Int.max
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("type", of: "KIND", help: "container or image (default: whichever there is).") { $0.type = $1 },
                .optional(
                    "picture", of: "FORM", default: "auto",
                    help: "Draw what a container is made of: text on a terminal, SVG elsewhere; or =text, =svg."
                ) { $0.picture = $1 },
                .value("format", "f", of: "FORM", help: "json, or a template such as '{{.State.Pid}}'.") { $0.format = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var type: String?
    var format: String?
    var picture: String?

    func run() throws -> Int32 {
        guard [nil, "container", "image"].contains(type) else {
            throw EngineError.value("--type", type ?? "", "it is container or image")
        }
        let engine = try globals.engine()
        if let picture { return try draw(picture, engine) }
        return try Inspection.run(words, format) { word throws(EngineError) in try find(word, engine) }
    }

    private func draw(_ form: String, _ engine: Engine) throws(EngineError) -> Int32 {
        guard ["auto", "text", "svg"].contains(form) else { throw EngineError.value("--picture", form, "it is text or svg") }
        let isText = form == "auto" ? Terminal.isTerminal(1) : form == "text"
        return words.forEachContainer(engine) { record, _ throws(EngineError) in
            let anatomy = try Anatomy(record, engine)
            let width = (try? Terminal.size(of: 1)).map { Int($0.columns) } ?? 100
            Report.output(isText ? Picture.text(anatomy, width: width) : Picture.svg(anatomy))
        }
    }

    /// A container, or else an image, as with docker.
    private func find(_ word: String, _ engine: Engine) throws(EngineError) -> JSONValue {
        if type != "image" {
            do throws(EngineError) { return try ContainerDescription(try engine.find(word), engine).json() } catch {
                guard type == nil, error.message.hasPrefix("no such container") else { throw error }
            }
        }
        guard let image = try engine.image(word) else {
            throw type == "image"
                ? EngineError("no such image: \(word) (hako images lists them)")
                : EngineError("no such container or image: \(word)")
        }
        return try ImageDescription(image: image, engine: engine).json()
    }
}
