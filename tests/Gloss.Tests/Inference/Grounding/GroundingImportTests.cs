using Gloss.Images;
using Gloss.Inference;
using Gloss.Inference.Grounding;
using Gloss.Tests.Models;
using Gloss.Tests.Models.GroundingDino;
using Gloss.Torch;

namespace Gloss.Tests.Inference.Grounding;

public sealed class GroundingImportTests
{
    [Theory]
    [InlineData("checkpoint.pth")]
    [InlineData("hf/model.safetensors")]
    public void Run_BothForms_FolderThatGivesTheOfficialOutputs(string name)
    {
        using var folder = new TemporaryFolder();
        var path = GroundingReference.Path(name);
        Assert.True(GroundingImport.IsGrounding(path));
        var told = GroundingImport.Run(path, ReferenceData.Require("data/text/bert/vocab.txt"), null,
            WeightPrecision.Float32, folder.Path);
        Assert.Contains("left out", told, StringComparison.Ordinal);
        using var loaded = ModelFolder.Open(folder.Path).OpenGrounding();
        using var scope = TensorScope.Begin();
        using var inference = GradientMode.Inference();
        var expected = GroundingReference.Tensors("cases_final.safetensors");
        var (pixels, sizes) = GroundingReference.Pictures("c");
        var output = loaded.Model.Forward(loaded.Model.EncodeImages(pixels, sizes),
            GroundingReference.Captions(loaded.Model, null, "phrases"));
        TensorAssert.Close(expected["c_phrases.pred_logits"], output.Last.Logits, 1e-4, "logits");
        TensorAssert.Close(expected["c_phrases.pred_boxes"], output.Last.Boxes, 1e-4, "boxes");
    }

    [Fact]
    public void Find_ImportedModelOnAPictureFile_BoxesAndScoresOfTheOfficialOutputs()
    {
        using var folder = new TemporaryFolder();
        GroundingImport.Run(GroundingReference.Path("checkpoint.pth"),
            ReferenceData.Require("data/text/bert/vocab.txt"), null, WeightPrecision.Float32, folder.Path);
        using var opened = ModelFolder.Open(folder.Path).OpenGrounding();
        // The reference looks at small pictures.
        var settings = new GroundingSettings { ShorterSide = 112, LongestSide = 190 };
        var loaded = new LoadedGrounding(opened.Config with { Grounding = settings }, opened.Model, opened.Tokenizer);
        using var grounder = new Grounder(loaded,
            new GrounderOptions { Threshold = 0, Suppression = Suppression.None, MostBoxes = int.MaxValue });
        var picture = new ImageDecoder().Decode(GroundingReference.Path("images/a.png"));
        var tags = grounder.Tags(["a cat", "dog", "remote control"]);

        var found = grounder.Find(picture, tags, TestContext.Current.CancellationToken);

        using var scope = TensorScope.Begin();
        var expected = GroundingReference.Tensors("case_a_dots.safetensors");
        var boxes = expected["pred_boxes"].ToArray<float>().Chunk(4).ToArray();
        var logits = expected["pred_logits"].ToArray<float>().Chunk((int)expected["pred_logits"].Size(2)).ToArray();
        var ranges = tags.Passes.Single().Text.Phrases;
        var compared = 0;
        for (var query = 0; query < boxes.Length; query++)
        {
            double Side(double at, int size) => Math.Clamp(at * size, 0, size);
            var box = boxes[query];
            var (left, top) = (Side(box[0] - box[2] / 2, picture.Width), Side(box[1] - box[3] / 2, picture.Height));
            var (right, bottom) = (Side(box[0] + box[2] / 2, picture.Width), Side(box[1] + box[3] / 2, picture.Height));
            for (var tag = 0; tag < ranges.Count; tag++)
            {
                var score = logits[query][ranges[tag].Start..ranges[tag].End].Average(x => 1 / (1 + Math.Exp(-x)));
                // 1e-4 of the picture's sides, and of the score.
                Assert.Contains(found, b => b.Tag == tag && Math.Abs(b.Score - score) < 1e-4
                    && Math.Abs(b.Box.X - left) < 1e-4 * picture.Width && Math.Abs(b.Box.X + b.Box.Width - right) < 1e-4
                        * picture.Width
                    && Math.Abs(b.Box.Y - top) < 1e-4 * picture.Height
                        && Math.Abs(b.Box.Y + b.Box.Height - bottom) < 1e-4 * picture.Height);
                compared++;
            }
        }
        Assert.Equal(found.Count, compared);
    }
}
