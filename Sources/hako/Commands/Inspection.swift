internal import Engine
internal import JSON

/// What the inspect commands do alike.
enum Inspection {
    /// Describes each thing that is named, as a list of JSON or each by a template; one that is not there does not keep the others
    /// from being shown.
    ///
    /// - Parameter failure: the exit code where one is not there; nil: the error's own.
    static func run(
        _ words: [String], _ format: String?, failure: Int32? = nil, describe: (String) throws(EngineError) -> JSONValue
    ) throws(EngineError) -> Int32 {
        var answers: [JSONValue] = []
        let code = words.tryEach(failure: failure) { word throws(EngineError) in answers.append(try describe(word)) }
        guard let format, format != "json" else {
            Report.line(JSONValue.array(answers).text(pretty: true))
            return code
        }
        let template = try Template(format)
        for answer in answers { Report.line(try template.line(answer)) }
        return code
    }
}
