"""What the tests feed to cameras and microphones, and how they measure what came out."""
