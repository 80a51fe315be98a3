package import OCI
internal import Runtime

/// The images there are: names and what they stand for, in the same database as containers.
package struct ImageStore {
    let database: Database
    private let engine: Engine

    init(_ engine: Engine) {
        database = engine.store.database
        self.engine = engine
    }

    private func report(_ action: String, _ image: String, _ name: String? = nil) {
        engine.report(Event("image", action, id: image, name.map { ["name": $0] } ?? [:]))
    }

    // MARK: Writing

    /// Adds an image, and gives it a name; a name that another had goes to this one.
    ///
    /// - Parameter action: where it comes from, for events: `pull`, `load`, `commit`, `import`.
    package func add(_ image: ImageRecord, tags: [ImageTag], at time: Int64, by action: String) throws(EngineError) {
        try database.access("add the image") { () throws(EngineError) in
            try database.transaction({ .database("add the image", $0) }) { () throws(EngineError) in
                try database.access("add the image") { () throws(DatabaseError) in
                    try database.run(
                        "INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?, ?, ?, ?)", .text(image.id), .text(image.manifest.text),
                        .integer(image.created), .integer(image.size), .text(image.platform),
                        .text(image.layers.joined(separator: " ")), .text(image.blobs.map(\.text).joined(separator: " ")))
                    for tag in tags { try put(tag, image.id, time) }
                }
            }
        }
        report(action, image.id, tags.first?.name)
    }

    /// - Parameter onlyIfNamed: nothing is done unless the image has that name already.
    package func tag(_ image: String, as tag: ImageTag, at time: Int64, onlyIfNamed: Bool = false) throws(EngineError) {
        try database.access("name the image") { () throws(DatabaseError) in
            if onlyIfNamed {
                try database.run(
                    "UPDATE image_names SET target = ? WHERE name = ? AND image = ?", .text(tag.target.text), .text(tag.name),
                    .text(image))
            } else {
                try put(tag, image, time)
            }
        }
        if !onlyIfNamed { report("tag", image, tag.name) }
    }

    private func put(_ tag: ImageTag, _ image: String, _ time: Int64) throws(DatabaseError) {
        try database.run(
            "INSERT OR REPLACE INTO image_names VALUES (?, ?, ?, ?)", .text(tag.name), .text(image), .text(tag.target.text),
            .integer(time))
    }

    package func untag(_ name: String, of image: String) throws(EngineError) {
        try database.access("take the name away") { () throws(DatabaseError) in
            try database.run("DELETE FROM image_names WHERE name = ?", .text(name))
        }
        report("untag", image, name)
    }

    /// Forgets an image and its names. Its content goes with the next collection.
    package func remove(_ id: String) throws(EngineError) {
        try database.access("remove the image") { () throws(EngineError) in
            try database.transaction({ .database("remove the image", $0) }) { () throws(EngineError) in
                try database.access("remove the image") { () throws(DatabaseError) in
                    try database.run("DELETE FROM image_names WHERE image = ?", .text(id))
                    try database.run("DELETE FROM images WHERE id = ?", .text(id))
                }
            }
        }
        report("delete", id)
    }

    // MARK: Lists

    /// The list of images that was made here under a name.
    package func index(_ name: String) throws(EngineError) -> Digest? {
        try database.access("look for the list") { () throws(DatabaseError) in
            try database.rows("SELECT digest FROM indexes WHERE name = ?", [.text(name)]) { Digest($0.text(0)) }.first ?? nil
        }
    }

    func indexes() throws(EngineError) -> [Digest] {
        try database.access("look for lists") { () throws(DatabaseError) in
            try database.rows("SELECT digest FROM indexes") { Digest($0.text(0)) }.compactMap { $0 }
        }
    }

    func putIndex(_ name: String, _ digest: Digest) throws(EngineError) {
        try database.access("keep the list") { () throws(DatabaseError) in
            try database.run("INSERT OR REPLACE INTO indexes VALUES (?, ?)", .text(name), .text(digest.text))
        }
    }

    /// - Returns: whether it was there.
    package func removeIndex(_ name: String) throws(EngineError) -> Bool {
        guard try index(name) != nil else { return false }
        try database.access("forget the list") { () throws(DatabaseError) in
            try database.run("DELETE FROM indexes WHERE name = ?", .text(name))
        }
        return true
    }

    // MARK: Reading

    private static let columns = "SELECT id, manifest, created, size, platform, layers, blobs FROM images"

    /// All, the newest first, with their names.
    package func all() throws(EngineError) -> [ImageRecord] {
        try database.access("list the images") { () throws(DatabaseError) in
            var names: [String: [ImageTag]] = [:]
            for (image, tag) in try database.rows("SELECT image, name, target FROM image_names ORDER BY name", read: Self.tag) {
                if let tag { names[image, default: []].append(tag) }
            }
            return try database.rows("\(Self.columns) ORDER BY created DESC, id", read: Self.record).compactMap { $0 }.map {
                var image = $0
                image.names = names[image.id] ?? []
                return image
            }
        }
    }

    /// The image that a name stands for; nil where there is none.
    package func find(_ name: ImageName) throws(EngineError) -> ImageRecord? {
        let id = try database.access("look for the image") { () throws(DatabaseError) -> String? in
            let exact = try database.rows("SELECT image FROM image_names WHERE name = ?", [.text(name.description)]) {
                $0.text(0)
            }
            if let first = exact.first { return first }
            guard let digest = name.digest, name.tag == nil else { return nil }
            // By digest it is found below any tag of the repository.
            return try database.rows(
                "SELECT image FROM image_names WHERE target = ? AND name >= ? AND name < ? LIMIT 1",
                [.text(digest.text), .text("\(name.path):"), .text("\(name.path);")]
            ) { $0.text(0) }.first
        }
        return try id.flatMap { id throws(EngineError) in try image(id) }
    }

    /// The one with this id, with its names.
    package func image(_ id: String) throws(EngineError) -> ImageRecord? {
        try database.access("look for the image") { () throws(DatabaseError) in
            try complete(try database.rows("\(Self.columns) WHERE id = ?", [.text(id)], read: Self.record).first ?? nil)
        }
    }

    /// Those whose id begins so, at most two.
    package func images(idBeginning prefix: String) throws(EngineError) -> [ImageRecord] {
        guard prefix.utf8.count >= 2, prefix.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return []
        }
        return try database.access("look for the image") { () throws(DatabaseError) in
            var found: [ImageRecord] = []
            for image in try database.rows(
                "\(Self.columns) WHERE id >= ? AND id < ? LIMIT 2", [.text(prefix), .text("\(prefix)g")], read: Self.record)
            {
                if let image = try complete(image) { found.append(image) }
            }
            return found
        }
    }

    private func complete(_ image: ImageRecord?) throws(DatabaseError) -> ImageRecord? {
        guard var image else { return nil }
        image.names = try database.rows(
            "SELECT image, name, target FROM image_names WHERE image = ? ORDER BY name", [.text(image.id)], read: Self.tag
        ).compactMap(\.1)
        return image
    }

    /// Containers that were made of an image: id and name.
    package func containers(of image: String) throws(EngineError) -> [(id: String, name: String)] {
        try database.access("look for containers of the image") { () throws(DatabaseError) in
            try database.rows("SELECT id, name FROM containers WHERE image_id = ?", [.text(image)]) { ($0.text(0), $0.text(1)) }
        }
    }

    private static func tag(_ row: Database.Row) -> (String, ImageTag?) {
        (row.text(0), Digest(row.text(2)).map { ImageTag(name: row.text(1), target: $0) })
    }

    private static func words(_ text: String) -> [String] {
        text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
    }

    /// Nil for a row that is damaged.
    private static func record(_ row: Database.Row) -> ImageRecord? {
        guard let manifest = Digest(row.text(1)) else { return nil }
        return ImageRecord(
            id: row.text(0), manifest: manifest, created: row.integer(2) ?? 0, size: row.integer(3) ?? 0, platform: row.text(4),
            layers: words(row.text(5)), blobs: words(row.text(6)).compactMap { Digest($0) })
    }
}
