using System.IO.Enumeration;

namespace Gloss.Images;

/// <summary>Finds pictures by files, folders, patterns and lists of paths, one at a time as asked for.</summary>
public static class ImageFiles
{
    private static readonly string[] Known =
    [
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".heic", ".heif",
        ".avif", ".jxl", ".ppm", ".pgm", ".pbm", ".pnm",
    ];

    private static readonly HashSet<string> KnownSet = new(Known, StringComparer.OrdinalIgnoreCase);

    /// <summary>The endings that are looked for in folders.</summary>
    public static IReadOnlyList<string> Extensions => Known;

    /// <summary>True where the path's ending is one of <see cref="Extensions"/>.</summary>
    public static bool IsKnown(string path) => KnownSet.Contains(Path.GetExtension(path));

    /// <summary>
    /// The pictures that <paramref name="arguments"/> name, in their order: a file is itself, whatever its ending; a
    /// folder gives all pictures in and below it by their endings, sorted, hidden names and linked folders left out; a
    /// pattern (<c>*</c>, <c>?</c>, and <c>**</c> for any folders) gives the files it matches, sorted, only pictures
    /// where its last part names no ending; <c>-</c> reads paths, one a line, from <paramref name="list"/>.
    /// What is missing comes as an entry with an error.
    /// </summary>
    public static IEnumerable<ImageFile> Expand(IEnumerable<string> arguments, TextReader? list = null)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return ExpandAll(arguments, list);
    }

    private static IEnumerable<ImageFile> ExpandAll(IEnumerable<string> arguments, TextReader? list)
    {
        foreach (var argument in arguments)
        {
            if (argument != "-" || list is null)
            {
                foreach (var file in ExpandOne(argument))
                    yield return file;
                continue;
            }
            while (list.ReadLine() is { } line)
            {
                if (line.Length == 0)
                    continue;
                foreach (var file in ExpandOne(line))
                    yield return file;
            }
        }
    }

    private static IEnumerable<ImageFile> ExpandOne(string path)
    {
        if (path.Length == 0)
            return [Missing(path, "an empty path")];
        if (Directory.Exists(path))
            return Folder(path);
        if (File.Exists(path))
            return [new ImageFile(path)];
        return path.AsSpan().ContainsAny('*', '?') ? Pattern(path) : [Missing(path, "no such file or folder")];
    }

    private static IEnumerable<ImageFile> Folder(string folder)
    {
        var hasAny = false;
        foreach (var file in Below(folder))
        {
            hasAny = true;
            yield return file;
        }
        if (!hasAny)
            yield return Missing(folder, "no pictures in this folder");
    }

    private static IEnumerable<ImageFile> Below(string folder)
    {
        var (entries, error) = Entries(folder);
        if (error is not null)
            yield return error;
        foreach (var entry in entries)
        {
            if (entry.IsFolder)
            {
                foreach (var file in Below(entry.Path))
                    yield return file;
            }
            else if (IsKnown(entry.Path))
            {
                yield return Found(entry);
            }
        }
    }

    private static IEnumerable<ImageFile> Pattern(string pattern)
    {
        var parts = pattern.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar]);
        var first = Array.FindIndex(parts, part => part.AsSpan().ContainsAny('*', '?'));
        var root = string.Join(Path.DirectorySeparatorChar, parts[..first]);
        if (first > 0 && root.Length == 0)
            root = Path.DirectorySeparatorChar.ToString();
        var onlyKnown = !parts[^1].Contains('.', StringComparison.Ordinal);
        var hasAny = false;
        if (root.Length == 0 || Directory.Exists(root))
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var file in Matches(root, parts, first))
            {
                if (file.Error?.Fault != ImageFault.Missing && ((onlyKnown && !IsKnown(file.Path)) || !seen.Add(file.Path)))
                    continue;
                hasAny = true;
                yield return file;
            }
        }
        if (!hasAny)
            yield return Missing(pattern, "no picture matches this pattern");
    }

    private static IEnumerable<ImageFile> Matches(string folder, string[] parts, int at)
    {
        var part = parts[at];
        var isLast = at == parts.Length - 1;
        var isDeep = part == "**";
        if (isDeep && !isLast)
        {
            foreach (var file in Matches(folder, parts, at + 1))
                yield return file;
        }
        var (entries, error) = Entries(folder, part.StartsWith('.'));
        if (error is not null)
            yield return error;
        foreach (var entry in entries)
        {
            var name = Path.GetFileName(entry.Path);
            if (!isDeep && !FileSystemName.MatchesSimpleExpression(part, name, ignoreCase: false))
                continue;
            if (!entry.IsFolder)
            {
                if (isLast)
                    yield return Found(entry);
            }
            else if (isDeep || !isLast)
            {
                foreach (var file in Matches(entry.Path, parts, isDeep ? at : at + 1))
                    yield return file;
            }
        }
    }

    // What is empty is not opened: a pipe has no length either, and reading it might never end.
    private static ImageFile Found(Entry entry) => new(entry.Path,
        entry.IsEmpty ? new ImageException(ImageFault.UnknownFormat, entry.Path, "the file is empty") : null);

    private static (List<Entry> Entries, ImageFile? Error) Entries(string folder, bool includesHidden = false)
    {
        var entries = new List<Entry>();
        try
        {
            foreach (var info in new DirectoryInfo(folder.Length == 0 ? "." : folder).EnumerateFileSystemInfos())
            {
                if (info.Name.StartsWith('.') && !includesHidden)
                    continue;
                var isFolder = (info.Attributes & FileAttributes.Directory) != 0;
                // A linked folder may lead back to where we are.
                if (!isFolder || info.LinkTarget is null)
                {
                    entries.Add(new Entry(Path.Combine(folder, info.Name), isFolder,
                        info is FileInfo { LinkTarget: null, Length: 0 }));
                }
            }
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            var what = $"cannot list the folder: {cause.Message}";
            return (entries, new ImageFile(folder, new ImageException(ImageFault.Missing, folder, what, inner: cause)));
        }
        entries.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return (entries, null);
    }

    private static ImageFile Missing(string path, string what) =>
        new(path, new ImageException(ImageFault.Missing, path, what));

    private readonly record struct Entry(string Path, bool IsFolder, bool IsEmpty);
}
