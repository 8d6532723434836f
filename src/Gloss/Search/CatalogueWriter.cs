using Gloss.Search.Sqlite;

namespace Gloss.Search;

/// <summary>
/// Puts pictures into a catalogue and keeps what is known of their files up to date. Each call is one transaction.
/// </summary>
internal sealed class CatalogueWriter(Catalogue catalogue)
{
    private readonly SqliteDatabase database = catalogue.Database;
    private readonly PictureTags tags = new(catalogue);

    /// <summary>What the catalogue knows of one folder, by file name.</summary>
    public Dictionary<string, KnownFile> FilesIn(string folder)
    {
        var files = new Dictionary<string, KnownFile>(StringComparer.Ordinal);
        using var rows = database.Use("""
            SELECT p.id, p.name, p.size, p.time, p.hash, p.model IS ? OR p.error IS NOT NULL, p.caption IS NOT NULL OR p.error IS NOT NULL, p.deleted IS NOT NULL
            FROM picture p JOIN folder f ON f.id = p.folder WHERE f.path = ?
            """, catalogue.Model?.Row, folder);
        while (rows.Step())
        {
            files[rows.Text(1)] = new KnownFile(rows.Int64(0), rows.Int64(2), rows.Int64(3), rows.Bytes(4).ToArray(),
                rows.Int64(5) != 0,
                rows.Int64(6) != 0, rows.Int64(7) != 0);
        }
        return files;
    }

    /// <summary>The folders at and below a path that the catalogue has pictures of.</summary>
    public List<string> FoldersUnder(string path)
    {
        var prefix = path.EndsWith(Path.DirectorySeparatorChar) ? path : path + Path.DirectorySeparatorChar;
        return database.All("SELECT path FROM folder WHERE path = ?1 OR substr(path, 1, length(?2)) = ?2 ORDER BY path",
            row => row.Text(0), path, prefix);
    }

    /// <summary>Notes that known files are there, with another size or time and the same content.</summary>
    public void Touch(IReadOnlyList<(long Id, PictureFile File)> files) => database.Write(() =>
    {
        foreach (var (id, file) in files)
            database.Run("UPDATE picture SET size = ?, time = ?, deleted = NULL WHERE id = ?", file.Size,
                file.Time, id);
    });

    /// <summary>Marks pictures as gone; returns how many were not before.</summary>
    public int MarkGone(IReadOnlyList<long> ids)
    {
        var count = 0;
        database.Write(() =>
        {
            foreach (var id in ids)
                count += database.Run("UPDATE picture SET deleted = ? WHERE id = ? AND deleted IS NULL",
                    catalogue.Now(), id);
        });
        return count;
    }

    /// <summary>
    /// Takes over what is known of the same content under another path: where that path is no longer there the picture
    /// has moved and keeps all, else it is a copy. Returns false where nothing is known of this content.
    /// </summary>
    /// <param name="pending">The file.</param>
    /// <param name="needsCaption">Whether what is known has to have a caption.</param>
    /// <param name="movedId">The picture that has moved, or null.</param>
    public bool TryReuse(PendingPicture pending, bool needsCaption, out long? movedId)
    {
        var (found, moved) = (false, (long?)null);
        database.Write(() =>
        {
            var same = database.All("""
                SELECT p.id, f.path, p.name FROM picture p JOIN folder f ON f.id = p.folder
                WHERE p.hash = ? AND p.model IS ? AND p.error IS NULL AND (p.caption IS NOT NULL OR NOT ?) ORDER BY p.deleted IS NULL, p.id
                """, row => (Id: row.Int64(0), Path: Path.Combine(row.Text(1), row.Text(2))), pending.Hash, catalogue.Model?.Row, needsCaption);
            same.RemoveAll(row => row.Path == pending.File.Path);
            if (same.Count == 0)
                return;
            found = true;
            var gone = same.FirstOrDefault(row => !File.Exists(row.Path));
            if (gone.Path is not null && Row(pending.File.Path) is null)
            {
                Move(gone.Id, pending.File);
                moved = gone.Id;
            }
            else
            {
                Copy(same[^1].Id, pending);
            }
        });
        movedId = moved;
        return found;
    }

    /// <summary>Puts in what a model said, over what was there of the same files.</summary>
    public void Save(IReadOnlyList<IndexedPicture> pictures) => database.Write(() =>
    {
        catalogue.CheckModel();
        foreach (var picture in pictures)
            Save(picture);
    });

    /// <summary>
    /// Forgets pictures that are marked as gone, with all that persons decided of them; returns how many.
    /// </summary>
    public int Forget()
    {
        var ids = database.All("SELECT id FROM picture WHERE deleted IS NOT NULL", row => row.Int64(0));
        database.Write(() =>
        {
            foreach (var id in ids)
                Remove(id);
        });
        return ids.Count;
    }

    private void Save(IndexedPicture picture)
    {
        var (pending, model) = (picture.Pending, catalogue.RequireModel());
        var isBroken = picture.Error is not null;
        var id = database.Number("""
            INSERT INTO picture(folder, name, size, time, hash, look, width, height, taken, model, caption, error) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT(folder, name) DO UPDATE SET size = excluded.size, time = excluded.time, hash = excluded.hash, look = excluded.look,
                width = excluded.width, height = excluded.height, taken = excluded.taken, model = excluded.model, caption = excluded.caption,
                error = excluded.error, deleted = NULL
            RETURNING id
            """, FolderRow(pending.File.Path), Path.GetFileName(pending.File.Path), pending.File.Size, pending.File.Time, pending.Hash,
            isBroken ? null : picture.Look, picture.Width, picture.Height, pending.Taken.Ticks, isBroken
                ? null : model.Row, picture.Caption, picture.Error)!.Value;
        if (isBroken)
        {
            foreach (var table in new[] { "score", "embedding" })
                database.Run($"DELETE FROM {table} WHERE picture = ?", id);
            database.Run("DELETE FROM words WHERE rowid = ?", id);
            return;
        }
        database.Run("INSERT OR REPLACE INTO score(picture, model, data) VALUES(?, ?, ?)", id, model.Row,
            ScoreCodec.Encode(picture.Scores.Span, model.Floor));
        database.Run("INSERT OR REPLACE INTO embedding(picture, model, data) VALUES(?, ?, ?)", id, model.Row,
            HalfVectors.Pack(picture.Embedding.Span));
        tags.WriteWords(id);
    }

    private void Move(long id, PictureFile file)
    {
        var folder = FolderRow(file.Path);
        database.Run("UPDATE picture SET folder = ?, name = ?, size = ?, time = ?, deleted = NULL WHERE id = ?", folder,
            Path.GetFileName(file.Path),
            file.Size, file.Time, id);
    }

    private void Copy(long source, PendingPicture pending)
    {
        var id = database.Number("""
            INSERT INTO picture(folder, name, size, time, hash, look, width, height, taken, model, caption)
            SELECT ?, ?, ?, ?, hash, look, width, height, ?, model, caption FROM picture WHERE id = ?
            ON CONFLICT(folder, name) DO UPDATE SET size = excluded.size, time = excluded.time, hash = excluded.hash, look = excluded.look,
                width = excluded.width, height = excluded.height, taken = excluded.taken, model = excluded.model, caption = excluded.caption,
                error = NULL, deleted = NULL
            RETURNING id
            """, FolderRow(pending.File.Path), Path.GetFileName(pending.File.Path), pending.File.Size, pending.File.Time, pending.Taken.Ticks, source)!.Value;
        database.Run(
            "INSERT OR REPLACE INTO score(picture, model, data) SELECT ?, model, data FROM score WHERE picture = ?",
            id, source);
        database.Run(
            "INSERT OR REPLACE INTO embedding(picture, model, data) SELECT ?, model, data FROM embedding WHERE picture "
            + "= ?", id, source);
        if (!pending.IsKnown)
            database.Run(
                "INSERT OR IGNORE INTO decision(picture, tag, is_added) SELECT ?, tag, is_added FROM decision WHERE "
                + "picture = ?", id, source);
        tags.WriteWords(id);
    }

    private long? Row(string path) =>
        database.Number("SELECT p.id FROM picture p JOIN folder f ON f.id = p.folder WHERE f.path = ? AND p.name = ?",
        Path.GetDirectoryName(path), Path.GetFileName(path));

    private void Remove(long id)
    {
        foreach (var table in new[] { "score", "embedding", "decision" })
            database.Run($"DELETE FROM {table} WHERE picture = ?", id);
        database.Run("DELETE FROM words WHERE rowid = ?", id);
        database.Run("DELETE FROM picture WHERE id = ?", id);
    }

    private long FolderRow(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        database.Run("INSERT OR IGNORE INTO folder(path) VALUES(?)", folder);
        return database.Number("SELECT id FROM folder WHERE path = ?", folder)!.Value;
    }
}
