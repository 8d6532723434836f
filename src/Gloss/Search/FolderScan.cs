using System.Buffers;
using System.Security.Cryptography;
using Gloss.Images;

namespace Gloss.Search;

/// <summary>
/// Compares folders with a catalogue: tells which files a model has to look at, and puts the rest right by itself
/// (unchanged by size and time, same content under another time or path, no longer there). Draws on its own connection.
/// Where paths may be missing, one that nothing is known of is no fault.
/// </summary>
internal sealed class FolderScan(Catalogue catalogue, bool needsCaption, IndexReport report, bool mayBeMissing = false)
{
    // A file that was written so short ago may change again without its time showing it.
    private const long RecentTicks = 2 * TimeSpan.TicksPerSecond;

    private readonly CatalogueWriter writer = new(catalogue);
    private readonly HashSet<long> goneNow = [];

    /// <summary>
    /// The files of folders (and all below them; hidden names and linked folders left out) or single files that have to
    /// be looked at, found as they are asked for.
    /// </summary>
    public IEnumerable<PendingPicture> Run(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        foreach (var given in paths)
        {
            var path = Path.GetFullPath(given);
            path = path.Length > 1 ? path.TrimEnd(Path.DirectorySeparatorChar) : path;
            if (Directory.Exists(path))
            {
                foreach (var pending in Tree(path, cancellationToken))
                    yield return pending;
            }
            else if (File.Exists(path))
            {
                if (Look(new FileInfo(path), writer.FilesIn(Path.GetDirectoryName(path)!)) is { } pending)
                    yield return pending;
            }
            else
            {
                // Gone is only marked: pictures of a disk that is not there now are back with it.
                if (!MarkGoneAt(path) && !mayBeMissing)
                    report.Fail($"no such file or folder · {path}");
            }
        }
    }

    private bool MarkGoneAt(string path)
    {
        var files = writer.FoldersUnder(path).SelectMany(writer.FilesIn).ToList();
        if (Path.GetDirectoryName(path) is { } parent && writer.FilesIn(parent)
            .TryGetValue(Path.GetFileName(path), out var file))
            files.Add(new(path, file));
        MarkGone(files);
        return files.Count > 0;
    }

    private IEnumerable<PendingPicture> Tree(string root, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var unlisted = new List<string>();
        var stack = new Stack<string>([root]);
        while (stack.TryPop(out var folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (List(folder) is not { } entries)
            {
                unlisted.Add(folder);
                continue;
            }
            seen.Add(folder);
            var known = writer.FilesIn(folder);
            foreach (var file in entries.Files)
            {
                if (Look(file, known) is { } pending)
                    yield return pending;
                cancellationToken.ThrowIfCancellationRequested();
            }
            var present = entries.Files.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
            MarkGone([.. known.Where(item => !present.Contains(item.Key))]);
            foreach (var child in entries.Folders.OrderDescending(StringComparer.Ordinal))
                stack.Push(child);
        }
        foreach (var folder in writer.FoldersUnder(root).Where(folder => !seen.Contains(folder)
            && !unlisted.Any(u => folder == u
                || folder.StartsWith(u + Path.DirectorySeparatorChar, StringComparison.Ordinal))))
            MarkGone([.. writer.FilesIn(folder)]);
    }

    // Null where the folder cannot be listed: then nothing is known of its files.
    private (List<FileInfo> Files, List<string> Folders)? List(string folder)
    {
        var (files, folders) = (new List<FileInfo>(), new List<string>());
        try
        {
            foreach (var info in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                if (info.Name.StartsWith('.'))
                    continue;
                if (info is FileInfo file)
                {
                    if (ImageFiles.IsKnown(file.Name))
                        files.Add(file);
                }
                else if (info.LinkTarget is null)
                {
                    folders.Add(info.FullName);
                }
            }
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            report.Fail($"cannot list the folder · {folder} · {cause.Message}");
            return null;
        }
        files.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return (files, folders);
    }

    private PendingPicture? Look(FileInfo info, Dictionary<string, KnownFile> known)
    {
        report.Seen();
        var before = known.GetValueOrDefault(info.Name);
        var file = default(PictureFile);
        try
        {
            var target = info.LinkTarget is null ? info : info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo
                ?? info;
            var time = target.LastWriteTimeUtc.Ticks;
            file = new PictureFile(info.FullName, target.Length, time > catalogue.NowTicks() - RecentTicks ? -1 : time);
            var isSame = before is not null && before.Size == file.Size && before.Time == file.Time && file.Time >= 0;
            if (isSame && IsComplete(before!))
                return Unchanged(before!, file, isTouched: before!.IsDeleted);
            if (file.Size == 0)
                return Empty(file, before is not null);
            var (hash, taken) = Read(info.FullName, target.LastWriteTime);
            if (before is not null && before.Hash.AsSpan().SequenceEqual(hash) && IsComplete(before))
                return Unchanged(before, file, isTouched: true);
            var pending = new PendingPicture(file, hash, taken, before is not null);
            if (!writer.TryReuse(pending, needsCaption, out var movedId))
                return pending;
            // Where its old folder was looked at first, it was taken for gone.
            if (movedId is { } id)
                report.Moved(wasGone: goneNow.Remove(id));
            else
                report.Done(before is not null);
            return null;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // Deleted meanwhile, or not to be read now; nothing of it is kept, so that the next run tries again.
            report.Fail($"cannot read · {info.FullName} · {cause.Message}");
            return null;
        }
    }

    // Not opened: a pipe or a device has no length either, and reading it might never end.
    private PendingPicture? Empty(PictureFile file, bool isKnown)
    {
        var fault = new ImageException(ImageFault.UnknownFormat, file.Path, "the file is empty");
        var pending = new PendingPicture(file, SHA256.HashData([]),
            new DateTime(Math.Max(file.Time, 0), DateTimeKind.Utc), isKnown);
        writer.Save([new IndexedPicture(pending) { Error = fault.Message }]);
        report.Fail(fault.Message);
        return null;
    }

    private bool IsComplete(KnownFile file) => file.IsDone && (file.HasCaption || !needsCaption);

    private PendingPicture? Unchanged(KnownFile known, PictureFile file, bool isTouched)
    {
        if (isTouched && (known.IsDeleted || known.Time != file.Time || known.Size != file.Size))
            writer.Touch([(known.Id, file)]);
        report.Unchanged();
        return null;
    }

    private void MarkGone(IReadOnlyList<KeyValuePair<string, KnownFile>> files)
    {
        var ids = files.Where(file => !file.Value.IsDeleted).Select(file => file.Value.Id).ToArray();
        if (ids.Length > 0)
        {
            report.Gone(writer.MarkGone(ids));
            goneNow.UnionWith(ids);
        }
    }

    // Written by the clock on the wall, as cameras note it: what was written at half past midnight is of that day.
    private static (byte[] Hash, DateTime Taken) Read(string path, DateTime written)
    {
        const int part = 1 << 16;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(part, ExifDate.BeginningBytes));
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var length = stream.ReadAtLeast(buffer, ExifDate.BeginningBytes, throwOnEndOfStream: false);
            var taken = ExifDate.Find(buffer.AsSpan(0, length)) ?? written;
            for (; length > 0; length = stream.Read(buffer))
                hash.AppendData(buffer, 0, length);
            return (hash.GetHashAndReset(), taken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
