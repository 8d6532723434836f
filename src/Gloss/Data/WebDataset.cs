using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using Gloss.Images;

namespace Gloss.Data;

/// <summary>
/// Reads WebDataset shards (github.com/webdataset/webdataset): tar files in which the files that follow each other with
/// the same name up to its first dot are one example: a picture, <c>.json</c> with what is known of it, <c>.txt</c>
/// with its caption. Only what describes the pictures is read; the pictures' bytes are fetched from the shard by their
/// place when they are needed, so examples can be used in any order.
/// </summary>
internal static class WebDataset
{
    public static IEnumerable<CaptionedImage> Read(string path, DatasetReading reading)
    {
        using var tar = new TarMembers(path, reading);
        var (key, members) = ("", new List<Member>());
        while (tar.Next() is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile
                or TarEntryType.ContiguousFile))
                continue;
            var member = ReadMember(entry, path, tar.Length, reading);
            if (member.Key != key && members.Count > 0)
            {
                if (reading.Try(() => Example(path, key, members, reading)) is { } example)
                    yield return example;
                members.Clear();
            }
            key = member.Key;
            members.Add(member);
        }
        if (members.Count > 0 && reading.Try(() => Example(path, key, members, reading)) is { } last)
            yield return last;
    }

    private static Member ReadMember(TarEntry entry, string path, long archiveLength, DatasetReading reading)
    {
        var name = Path.GetFileName(entry.Name);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var extension = dot < 0 ? "" : name[dot..].ToLowerInvariant();
        var isText = extension is ".json" or ".txt";
        var isImage = !isText && ImageFiles.IsKnown(name);
        // The folder belongs to the key: a/1.jpg and b/1.jpg are two examples.
        var member = new Member(entry.Name[..(entry.Name.Length - extension.Length)], entry.Name, extension);
        var limit = isText ? reading.Shards.MaxTextBytes : reading.Shards.MaxImageBytes;
        if ((isText || (isImage && !reading.CaptionsOnly)) && entry.Length > limit)
            return member
                with { Fault = $"{path} · {entry.Name} · expected at most {limit:N0} bytes, got {entry.Length:N0}" };
        if (entry.DataOffset + entry.Length > archiveLength)
        {
            return member with
            {
                Fault =
                    $"{path} · {entry.Name} · expected {entry.Length:N0} bytes, the file ends before · hint: is the download complete?",
            };
        }
        if (isImage)
            return member
                with { Image = new PackedFile(path, entry.DataOffset, (int)Math.Min(entry.Length, int.MaxValue)) };
        if (!isText)
            return member;
        var text = new byte[entry.Length];
        entry.DataStream?.ReadExactly(text);
        return member with { Text = text };
    }

    private static CaptionedImage Example(string path, string key, List<Member> members, DatasetReading reading)
    {
        var place = $"{path} · {key}";
        if (members.Find(m => m.Fault is not null) is { Fault: { } fault })
            throw new DatasetException(fault);
        var image = members.Find(m => m.Image is not null);
        if (image is null && !reading.CaptionsOnly)
            throw new DatasetException(
                $"{place} · expected a picture, got {string.Join(", ", members.Select(m => m.Extension))}");
        var json = members.Find(m => m.Extension == ".json")?.Text;
        var caption = members.Find(m => m.Extension == ".txt")?.Text;
        CaptionedImage described;
        try
        {
            using var document = JsonDocument.Parse(json ?? "{}"u8.ToArray());
            described = CaptionedImageJson.Read(document.RootElement, $"{place}.json", null, reading);
        }
        catch (JsonException error)
        {
            throw new DatasetException($"{place}.json · expected a JSON object · {error.Message}", error);
        }
        var captions = caption is null ? described.Captions : [.. described.Captions, TextOf(caption, reading)];
        if (reading.CaptionsOnly && captions.Count == 0)
            throw new DatasetException($"{place} · expected captions in .json or .txt, got none");
        var name = image?.Name ?? key;
        return described with { ImagePath = $"{path}/{name}", Name = name, Packed = image?.Image, Captions = captions };
    }

    private static string TextOf(byte[] bytes, DatasetReading reading)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
            reading.NoteInvalidText();
        return Encoding.UTF8.GetString(bytes).Trim();
    }

    private sealed record Member(string Key, string Name, string Extension)
    {
        public byte[]? Text { get; init; }

        public PackedFile? Image { get; init; }

        public string? Fault { get; init; }
    }
}
