using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using Gloss.Images;

namespace Gloss.Data;

/// <summary>
/// Reads WebDataset shards (github.com/webdataset/webdataset): tar files in which the files that follow each other with the
/// same name up to its first dot are one example: a picture, <c>.json</c> with what is known of it, <c>.txt</c> with its
/// caption. Only what describes the pictures is read; the pictures' bytes are fetched from the shard by their place when
/// they are needed, so examples can be used in any order.
/// </summary>
internal static class WebDataset
{
    public static IEnumerable<CaptionedImage> Read(string path, WebDatasetOptions options)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        using var tar = new TarReader(stream);
        var (key, members) = ("", new List<Member>());
        while (Next(tar, path) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile))
                continue;
            var member = ReadMember(entry, path, stream.Length, options);
            if (member.Key != key && members.Count > 0)
            {
                yield return Example(path, key, members);
                members.Clear();
            }
            key = member.Key;
            members.Add(member);
        }
        if (members.Count > 0)
            yield return Example(path, key, members);
    }

    private static TarEntry? Next(TarReader tar, string path)
    {
        try
        {
            return tar.GetNextEntry();
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException or IOException)
        {
            throw new DatasetException($"{path} is no whole tar file · {error.Message} · hint: is the download complete?", error);
        }
    }

    private static Member ReadMember(TarEntry entry, string path, long archiveLength, WebDatasetOptions options)
    {
        var name = Path.GetFileName(entry.Name);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var extension = dot < 0 ? "" : name[dot..].ToLowerInvariant();
        var isText = extension is ".json" or ".txt";
        var isImage = !isText && ImageFiles.IsKnown(name);
        var limit = isText ? options.MaxTextBytes : options.MaxImageBytes;
        if ((isText || isImage) && entry.Length > limit)
            throw new DatasetException($"{path} · {entry.Name} · expected at most {limit:N0} bytes, got {entry.Length:N0}");
        if (entry.DataOffset + entry.Length > archiveLength)
            throw new DatasetException($"{path} · {entry.Name} · expected {entry.Length:N0} bytes, the file ends before · hint: is the download complete?");
        byte[]? text = null;
        if (isText)
        {
            text = new byte[entry.Length];
            entry.DataStream?.ReadExactly(text);
        }
        // The folder belongs to the key: a/1.jpg and b/1.jpg are two examples.
        return new Member(entry.Name[..(entry.Name.Length - extension.Length)], entry.Name, extension, text,
            isImage ? new PackedFile(path, entry.DataOffset, (int)entry.Length) : null);
    }

    private static CaptionedImage Example(string path, string key, List<Member> members)
    {
        var place = $"{path} · {key}";
        var image = members.FirstOrDefault(m => m.Image is not null)
            ?? throw new DatasetException($"{place} · expected a picture, got {string.Join(", ", members.Select(m => m.Extension))}");
        var json = members.FirstOrDefault(m => m.Extension == ".json")?.Text;
        var caption = members.FirstOrDefault(m => m.Extension == ".txt")?.Text;
        CaptionedImage described;
        try
        {
            using var document = JsonDocument.Parse(json ?? "{}"u8.ToArray());
            described = CaptionedImageJson.Read(document.RootElement, $"{place}.json", null);
        }
        catch (JsonException error)
        {
            throw new DatasetException($"{place}.json · expected a JSON object · {error.Message}", error);
        }
        return described with
        {
            ImagePath = $"{path}/{image.Name}",
            Name = image.Name,
            Packed = image.Image,
            Captions = caption is null ? described.Captions : [.. described.Captions, Encoding.UTF8.GetString(caption).Trim()],
        };
    }

    private sealed record Member(string Key, string Name, string Extension, byte[]? Text, PackedFile? Image);
}
