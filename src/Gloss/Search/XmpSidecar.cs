using System.Text;
using System.Xml;
using System.Xml.Linq;
using Gloss.Images;

namespace Gloss.Search;

/// <summary>
/// Tags and captions as XMP (ISO 16684-1), in the fields that photo programs read: <c>dc:subject</c>,
/// <c>lr:hierarchicalSubject</c>, <c>digiKam:TagsList</c> and <c>dc:description</c>. What others wrote stays; what was
/// written here is noted in fields of our own, so that the next time exactly that is replaced.
/// </summary>
public static class XmpSidecar
{
    private static readonly XNamespace meta = "adobe:ns:meta/";
    private static readonly XNamespace rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    private static readonly XNamespace dc = "http://purl.org/dc/elements/1.1/";
    private static readonly XNamespace lightroom = "http://ns.adobe.com/lightroom/1.0/";
    private static readonly XNamespace digiKam = "http://www.digikam.org/ns/1.0/";
    private static readonly XNamespace own = "urn:x-gloss:xmp:1.0:";

    /// <summary>
    /// The path of the sidecar of a picture: <c>photo.jpg.xmp</c>. Where only <c>photo.xmp</c> is there, and it can be
    /// of no other picture, it is that one: a second sidecar would hide it from programs that know both names.
    /// </summary>
    /// <param name="picture">The picture.</param>
    /// <param name="isShort">Always <c>photo.xmp</c>.</param>
    public static string PathOf(string picture, bool isShort = false)
    {
        var (whole, shorter) = (picture + ".xmp", Path.ChangeExtension(picture, ".xmp"));
        return isShort || (!File.Exists(whole) && File.Exists(shorter) && IsOnlyOne(picture)) ? shorter : whole;
    }

    /// <summary>
    /// A sidecar with tags and a caption, merged into <paramref name="existing"/>. Tags that somebody else wrote are
    /// not written again and stay for ever; a description that somebody else wrote or changed stays.
    /// </summary>
    /// <param name="existing">The bytes of the sidecar that is there; null where there is none.</param>
    /// <param name="tags">All tags of the picture that are to be written now.</param>
    /// <param name="caption">Its caption; null where it has none.</param>
    /// <param name="root">A tag above all tags in the two hierarchical fields, or null.</param>
    /// <returns>The new bytes, UTF-8; null where nothing changes.</returns>
    /// <exception cref="XmlException">The sidecar is no XMP.</exception>
    public static byte[]? Merge(byte[]? existing, IReadOnlyList<string> tags, string? caption, string? root = null)
    {
        ArgumentNullException.ThrowIfNull(tags);
        if (existing is null && tags.Count == 0 && caption is null)
            return null;
        var document = existing is null ? New() : Read(existing);
        var before = existing is null ? null : new XDocument(document);
        var descriptions = Descriptions(document);
        string Below(string name, char separator) => (root is null ? "" : root + separator)
            + name.Replace(separator, ' ');
        MergeList(descriptions, dc + "subject", "Bag", tags);
        MergeList(descriptions, lightroom + "hierarchicalSubject", "Bag", [.. tags.Select(tag => Below(tag, '|'))]);
        MergeList(descriptions, digiKam + "TagsList", "Seq", [.. tags.Select(tag => Below(tag, '/'))]);
        MergeDescription(descriptions, caption);
        return before is not null && XNode.DeepEquals(before, document) ? null : Bytes(document);
    }

    private static bool IsOnlyOne(string picture)
    {
        var name = Path.GetFileNameWithoutExtension(picture);
        return Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(picture))!)
            .Count(file => ImageFiles.IsKnown(file) && Path.GetFileNameWithoutExtension(file) == name) == 1;
    }

    /// <summary>The description elements of a document, at least one.</summary>
    private static List<XElement> Descriptions(XDocument document)
    {
        var graph = document.Descendants(rdf + "RDF").FirstOrDefault()
            ?? throw new XmlException("no XMP: it has no rdf:RDF");
        var found = graph.Elements(rdf + "Description").ToList();
        if (found.Count > 0)
            return found;
        var made = new XElement(rdf + "Description", new XAttribute(rdf + "about", ""));
        graph.Add(made);
        return [made];
    }

    private static void MergeList(List<XElement> descriptions, XName name, string kind, IReadOnlyList<string> wanted)
    {
        Wrap(descriptions, name, kind);
        // Several descriptions may each have a part of the list.
        var items = descriptions.SelectMany(description => description.Elements(name))
            .SelectMany(property => property.Descendants(rdf + "li")).ToList();
        var record = own + $"Own{char.ToUpperInvariant(name.LocalName[0])}{name.LocalName[1..]}";
        var ours = descriptions.SelectMany(description => description.Elements(record))
            .SelectMany(property => property.Descendants(rdf + "li"))
            .Select(item => item.Value).ToHashSet(StringComparer.Ordinal);
        foreach (var item in items.Where(item => ours.Contains(item.Value)))
            item.Remove();
        var foreign = items.Where(item => !ours.Contains(item.Value)).Select(item => item.Value)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var added = wanted.Where(tag => !foreign.Contains(tag)).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        var container = items.FirstOrDefault(item => item.Parent is not null)?.Parent
            ?? descriptions.SelectMany(description => description.Elements(name)).Elements().FirstOrDefault();
        if (added.Length > 0 && container is null)
        {
            container = new XElement(rdf + kind);
            descriptions[0].Add(new XElement(name, container));
        }
        container?.Add(added.Select(tag => new XElement(rdf + "li", tag)));
        foreach (var empty in descriptions.SelectMany(description => description.Elements(name))
            .Where(property => !property.Descendants(rdf + "li").Any()).ToArray())
            empty.Remove();
        Note(descriptions, record, added.Length == 0
            ? null : new XElement(rdf + "Bag", added.Select(tag => new XElement(rdf + "li", tag))));
    }

    // Replaces what is noted, in its place: a sidecar in which nothing changes stays as it is.
    private static void Note(List<XElement> descriptions, XName record, object? content)
    {
        var notes = descriptions.SelectMany(description => description.Elements(record)).ToList();
        foreach (var note in notes.Skip(content is null ? 0 : 1))
            note.Remove();
        if (content is null)
            return;
        if (notes.Count > 0)
            notes[0].ReplaceNodes(content);
        else
            descriptions[0].Add(new XElement(record, content));
    }

    // A program that knows no arrays may have written one value as text or as an attribute: it becomes an item.
    private static void Wrap(List<XElement> descriptions, XName name, string kind)
    {
        foreach (var attribute in descriptions.Attributes(name).ToArray())
        {
            attribute.Parent!.Add(
                new XElement(name, new XElement(rdf + kind, new XElement(rdf + "li", attribute.Value))));
            attribute.Remove();
        }
        foreach (var property in descriptions.SelectMany(description => description.Elements(name))
            .Where(p => !p.HasElements && p.Value.Length > 0))
            property.ReplaceNodes(new XElement(rdf + kind, new XElement(rdf + "li", property.Value)));
    }

    private static void MergeDescription(List<XElement> descriptions, string? caption)
    {
        var (name, record) = (dc + "description", own + "OwnDescription");
        var property = descriptions.SelectMany(description => description.Elements(name)).FirstOrDefault();
        var items = property?.Descendants(rdf + "li").ToList() ?? [];
        var item = items.FirstOrDefault(li => (string?)li.Attribute(XNamespace.Xml + "lang") is "x-default" or null)
            ?? items.FirstOrDefault();
        var present = item?.Value ?? (property is not null && !property.HasElements ? property.Value : null)
            ?? descriptions.Attributes(name).FirstOrDefault()?.Value;
        var written = descriptions.SelectMany(description => description.Elements(record)).FirstOrDefault();
        if (!string.IsNullOrEmpty(present) && present != written?.Value)
            return;
        Note(descriptions, record, caption);
        descriptions.Attributes(name).Remove();
        if (caption is null)
        {
            item?.Remove();
            if (property is not null && !property.Descendants(rdf + "li").Any())
                property.Remove();
            return;
        }
        if (item is not null)
        {
            item.Value = caption;
        }
        else
        {
            property?.Remove();
            descriptions[0].Add(new XElement(name, new XElement(rdf + "Alt",
                new XElement(rdf + "li", new XAttribute(XNamespace.Xml + "lang", "x-default"), caption))));
        }
    }

    private static XDocument New() => new(
        new XElement(meta + "xmpmeta", new XAttribute(XNamespace.Xmlns + "x", meta),
            new XElement(rdf + "RDF", new XAttribute(XNamespace.Xmlns + "rdf", rdf),
                new XElement(rdf + "Description", new XAttribute(rdf + "about", ""),
                    new XAttribute(XNamespace.Xmlns + "dc", dc),
                    new XAttribute(XNamespace.Xmlns + "lr", lightroom),
                    new XAttribute(XNamespace.Xmlns + "digiKam", digiKam),
                    new XAttribute(XNamespace.Xmlns + "gloss", own)))));

    private static XDocument Read(byte[] bytes)
    {
        // A document type could name other files.
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null,
            IgnoreWhitespace = true };
        using var reader = XmlReader.Create(new MemoryStream(bytes), settings);
        var document = XDocument.Load(reader);
        var description = Descriptions(document)[0];
        foreach (var (prefix, space) in new[] { ("dc", dc), ("lr", lightroom), ("digiKam", digiKam), ("gloss", own) })
        {
            if (description.GetPrefixOfNamespace(space) is null && description.GetNamespaceOfPrefix(prefix) is null)
                description.Add(new XAttribute(XNamespace.Xmlns + prefix, space));
        }
        return document;
    }

    private static byte[] Bytes(XDocument document)
    {
        using var stream = new MemoryStream();
        var settings = new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false), NewLineChars = "\n",
            OmitXmlDeclaration = document.Declaration is null };
        using (var writer = XmlWriter.Create(stream, settings))
            document.Save(writer);
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }
}
