using System.Diagnostics;
using System.Text;
using System.Xml;
using Gloss.Tests;

namespace Gloss.Search;

public sealed class XmpSidecarTests
{
    private const string Foreign = """
        <?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
        <x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
         <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
          <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:darktable="http://darktable.sf.net/"
            xmlns:dc="http://purl.org/dc/elements/1.1/" xmp:Rating="4" darktable:history_end="11">
           <darktable:history><rdf:Seq><rdf:li darktable:operation="exposure" darktable:params="0000a1"/></rdf:Seq></darktable:history>
           <dc:subject><rdf:Bag><rdf:li>holiday</rdf:li><rdf:li>Dog</rdf:li></rdf:Bag></dc:subject>
           <dc:creator><rdf:Seq><rdf:li>Ada &amp; Søren</rdf:li></rdf:Seq></dc:creator>
          </rdf:Description>
         </rdf:RDF>
        </x:xmpmeta>
        <?xpacket end="w"?>
        """;

    [Fact]
    public void Merge_NoSidecar_WritesAllFields()
    {
        var text = Encoding.UTF8.GetString(
            XmpSidecar.Merge(null, ["dog", "tennis court", "Käse & <Brot>"], "a dog on a \"court\"", root: "Gloss")!);

        Assert.Equal(["dog", "tennis court", "Käse & <Brot>"], Items(text, "dc:subject"));
        Assert.Equal(["Gloss|dog", "Gloss|tennis court", "Gloss|Käse & <Brot>"], Items(text, "lr:hierarchicalSubject"));
        Assert.Equal(["Gloss/dog", "Gloss/tennis court", "Gloss/Käse & <Brot>"], Items(text, "digiKam:TagsList"));
        Assert.Equal(["a dog on a \"court\""], Items(text, "dc:description"));
    }

    [Fact]
    public void Merge_Foreign_KeepsEverythingOfOthers()
    {
        var merged = Encoding.UTF8.GetString(
            XmpSidecar.Merge(Encoding.UTF8.GetBytes(Foreign), ["dog", "snow"], "a dog in snow")!);

        Assert.Equal(["holiday", "Dog", "snow"], Items(merged, "dc:subject"));
        Assert.Equal(["dog", "snow"], Items(merged, "digiKam:TagsList"));
        Assert.Equal(["Ada & Søren"], Items(merged, "dc:creator"));
        Assert.Contains("darktable:params=\"0000a1\"", merged, StringComparison.Ordinal);
        Assert.Contains("xmp:Rating=\"4\"", merged, StringComparison.Ordinal);
        Assert.Contains("<?xpacket end=\"w\"?>", merged, StringComparison.Ordinal);

        // Only what was ours goes: "Dog" was there before.
        var again = Encoding.UTF8.GetString(XmpSidecar.Merge(Encoding.UTF8.GetBytes(merged), ["beach"], null)!);
        Assert.Equal(["holiday", "Dog", "beach"], Items(again, "dc:subject"));
        Assert.Equal(["beach"], Items(again, "digiKam:TagsList"));
        Assert.DoesNotContain("dc:description", again, StringComparison.Ordinal);

        var none = Encoding.UTF8.GetString(XmpSidecar.Merge(Encoding.UTF8.GetBytes(again), [], null)!);
        Assert.Equal(["holiday", "Dog"], Items(none, "dc:subject"));
        Assert.DoesNotContain("TagsList", none, StringComparison.Ordinal);
        Assert.DoesNotContain("<gloss:", none, StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_Same_ChangesNothing()
    {
        var first = XmpSidecar.Merge(Encoding.UTF8.GetBytes(Foreign), ["dog", "snow"], "a dog in snow")!;

        Assert.Null(XmpSidecar.Merge(first, ["dog", "snow"], "a dog in snow"));
        Assert.Null(XmpSidecar.Merge(null, [], null));
    }

    [Fact]
    public void Merge_DescriptionThatAPersonWroteOrChanged_Stays()
    {
        var ours = Encoding.UTF8.GetString(XmpSidecar.Merge(null, [], "a dog")!);
        Assert.Equal(["a cat"], Items(Merged(ours, "a cat"), "dc:description"));
        var changed = ours.Replace(">a dog</rdf:li>", ">Bello!</rdf:li>", StringComparison.Ordinal);
        Assert.Equal(["Bello!"], Items(Merged(changed, "a cat"), "dc:description"));
    }

    [Fact]
    public void Merge_SimpleForms_BecomeLists()
    {
        var simple = Foreign.Replace("xmp:Rating=\"4\"", "xmp:Rating=\"4\" dc:subject=\"one\"",
            StringComparison.Ordinal)
            .Replace("<dc:subject><rdf:Bag><rdf:li>holiday</rdf:li><rdf:li>Dog</rdf:li></rdf:Bag></dc:subject>", "",
                StringComparison.Ordinal);
        var merged = Encoding.UTF8.GetString(XmpSidecar.Merge(Encoding.UTF8.GetBytes(simple), ["two", "One"], null)!);

        Assert.Equal(["one", "two"], Items(merged, "dc:subject"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not XML")]
    [InlineData("<html><body/></html>")]
    [InlineData("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>")]
    public void Merge_NoXmp_IsAnError(string text) =>
        Assert.Throws<XmlException>(() => XmpSidecar.Merge(Encoding.UTF8.GetBytes(text), ["dog"], null));

    [Fact]
    public void PathOf_ShortName_IsTakenWhereItIsThereAlone()
    {
        using var folder = new TemporaryFolder();
        var picture = Path.Combine(folder.Path, "photo.jpg");
        var (whole, shorter) = (picture + ".xmp", Path.Combine(folder.Path, "photo.xmp"));
        File.WriteAllText(picture, "");

        Assert.Equal((whole, shorter), (XmpSidecar.PathOf(picture), XmpSidecar.PathOf(picture, isShort: true)));
        File.WriteAllText(shorter, "");
        Assert.Equal(shorter, XmpSidecar.PathOf(picture));
        File.WriteAllText(Path.Combine(folder.Path, "photo.png"), "");
        Assert.Equal(whole, XmpSidecar.PathOf(picture));
        File.Delete(Path.Combine(folder.Path, "photo.png"));
        File.WriteAllText(whole, "");
        Assert.Equal(whole, XmpSidecar.PathOf(picture));
    }

    [Fact]
    public void Merge_ReadByExiftool_HasTheFieldsAndTheOthers()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "photo.jpg.xmp");
        File.WriteAllBytes(file, XmpSidecar.Merge(Encoding.UTF8.GetBytes(Foreign), ["dog", "tennis court"],
            "a dog, \"Bello\"", "Gloss")!);
        string output;
        try
        {
            using var tool = Process.Start(new ProcessStartInfo("exiftool",
                ["-validate", "-warning", "-sep", "; ", "-s", "-s", "-XMP-dc:all", "-XMP-lr:all", "-XMP-digiKam:all",
                    "-XMP-xmp:Rating", file])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            output = tool.StandardOutput.ReadToEnd();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("exiftool is not installed");
            return;
        }
        Assert.DoesNotContain("Warning", output, StringComparison.Ordinal);
        Assert.Contains("Subject: holiday; Dog; tennis court\n", output, StringComparison.Ordinal);
        Assert.Contains("HierarchicalSubject: Gloss|dog; Gloss|tennis court\n", output, StringComparison.Ordinal);
        Assert.Contains("TagsList: Gloss/dog; Gloss/tennis court\n", output, StringComparison.Ordinal);
        Assert.Contains("Description: a dog, \"Bello\"\n", output, StringComparison.Ordinal);
        Assert.Contains("Creator: Ada & Søren\n", output, StringComparison.Ordinal);
        Assert.Contains("Rating: 4\n", output, StringComparison.Ordinal);
    }

    private static string Merged(string existing, string? caption) =>
        XmpSidecar.Merge(Encoding.UTF8.GetBytes(existing), [], caption) is { } merged
            ? Encoding.UTF8.GetString(merged) : existing;

    private static string[] Items(string xmp, string name)
    {
        var document = new XmlDocument();
        document.LoadXml(xmp);
        var names = new XmlNamespaceManager(document.NameTable);
        names.AddNamespace("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#");
        names.AddNamespace("dc", "http://purl.org/dc/elements/1.1/");
        names.AddNamespace("lr", "http://ns.adobe.com/lightroom/1.0/");
        names.AddNamespace("digiKam", "http://www.digikam.org/ns/1.0/");
        return [.. document.SelectNodes($"//{name}//rdf:li", names)!.Cast<XmlNode>().Select(node => node.InnerText)];
    }
}
