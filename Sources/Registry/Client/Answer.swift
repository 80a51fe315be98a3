internal import EdgeProtocol
internal import JSON
internal import NIOCore
internal import NIOHTTP1

/// Answers that are refusals, as errors (distribution-spec, Error Codes).
enum Answer {
    /// The reply if its status is one of success.
    static func good(_ reply: HTTPReply, of site: Site, _ what: String) throws -> HTTPReply {
        guard !(200...299).contains(reply.status) else { return reply }
        throw refusal(reply.status, reply.headers, reply.bytes, site).during(what)
    }

    /// Why a registry refuses.
    static func refusal(_ status: Int, _ headers: HTTPHeaders, _ body: [UInt8], _ site: Site) -> RegistryError {
        let said = detail(body)
        let text = "\(status)" + (said.map { " \($0)" } ?? "")
        var error: RegistryError
        switch status {
        case 401:
            error = RegistryError(
                .unauthorized,
                "\(site) does not show it to who is asking, or does not have it (\(text)); check the name, or hako login \(site)")
        case 403: error = RegistryError(.denied, "\(site) does not allow it (\(text)); check the name and who is logged in")
        case 404: error = RegistryError(.notFound, "\(site) does not have it (\(text)); check the name and the tag")
        case 429:
            error = RegistryError(.tooManyRequests, "\(site) is asked too often (\(text)); wait, or log in", isTransient: true)
        case 413: error = RegistryError(.tooLarge, "\(site) takes nothing that large (\(text))")
        case 405, 415: error = RegistryError(.unsupported, "\(site) cannot do that (\(text))")
        case 408, 500, 502, 503, 504:
            error = RegistryError(.registry, "\(site) is in trouble (\(text)); try again later", isTransient: true)
        case 300...399: error = RegistryError(.registry, "\(site) redirects to nowhere (\(text))")
        default: error = RegistryError(.registry, "\(site) answers \(text)")
        }
        error.status = status
        error.delay = headers.first(name: "Retry-After").flatMap { RetryAfter.seconds($0) }
        return error
    }

    /// The first error's code and message, or a text that is short.
    static func detail(_ body: [UInt8]) -> String? {
        guard !body.isEmpty, body.count <= 65536 else { return nil }
        guard let json = try? JSONValue(parsing: body) else {
            guard body.count < 200, body.first != UInt8(ascii: "<"), let text = String(validating: body, as: UTF8.self) else {
                return nil
            }
            return OneLine.text(text).split(separator: " ").joined(separator: " ")
        }
        guard case .object(let object) = json else { return nil }
        guard case .array(let errors) = object["errors"] ?? .null, case .object(let first) = errors.first ?? .null else {
            for key in ["details", "message", "error_description", "error"] {
                if case .string(let text) = object[key] ?? .null { return OneLine.text(text) }
            }
            return nil
        }
        var parts: [String] = []
        if case .string(let code) = first["code"] ?? .null { parts.append(code) }
        if case .string(let message) = first["message"] ?? .null, !message.isEmpty { parts.append(message) }
        return parts.isEmpty ? nil : OneLine.text(parts.joined(separator: ": "))
    }
}
